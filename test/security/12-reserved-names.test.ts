/**
 * Threat 12: nobody becomes `system:masters` or a service account, in any disguise, by any way in; and a name that stands in
 * the database all the same is refused where tokens are minted. Kubernetes refuses `system:` usernames and groups nowhere
 * itself (authentication docs, "Subject prefixes").
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { hasCode, messageOf } from '../../src/errors/index.ts'
import { authenticationConfiguration, isReservedName } from '../../src/kubernetes/index.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import {
  authorize,
  type Credentials,
  clusterLogin,
  exchange,
  type PluginLogin,
  pluginLogin,
  redeem,
  refresh,
  type StartedCode,
} from '../support/logins.ts'
import { Person } from '../support/person.ts'
import {
  approveDevice,
  assertRefused,
  freezeTime,
  poll,
  type StartedDevice,
  startDevice,
} from './attack.ts'

/** Spelt out where the eye would be deceived. */
const disguises: readonly string[] = [
  'system:masters',
  'system:serviceaccount:kube-system:default',
  'system:node:worker-1',
  'system:nodes',
  'system:anonymous',
  'system:authenticated',
  'system:',
  'SYSTEM:MASTERS',
  'System:masters',
  'sYsTeM:masters',
  ' system:masters',
  'system:masters ',
  'system :masters',
  'system: masters',
  '\tsystem:masters',
  'system:masters\n',
  '\u00a0system:masters',
  '\u3000system:masters',
  '\u200bsystem:masters',
  's\u200bystem:masters',
  'system\u200b:masters',
  '\ufeffsystem:masters',
  'sys\u00adtem:masters',
  'sys\u2060tem:masters',
  'sys\u200dtem:masters',
  '\u202esystem:masters',
  '\u2066system:masters',
  'sys\u180etem:masters',
  'sys\u115ftem:masters',
  'sys\u3164tem:masters',
  'sys\ufe0ftem:masters',
  'sys\u034ftem:masters',
  's\u0301ystem:masters',
  '\u0000system:masters',
  'sys\u0000tem:masters',
  'system\uff1amasters',
  'system\ufe55masters',
  'system\ufe13masters',
  'system\ua789masters',
  'system\u2236masters',
  '\uff53\uff59\uff53\uff54\uff45\uff4d:masters',
  '\ud835\udc2c\ud835\udc32\ud835\udc2c\ud835\udc2d\ud835\udc1e\ud835\udc26:masters',
  '\u24e2\u24e8\u24e2\u24e3\u24d4\u24dc:masters',
  '\u02e2ystem:masters',
  '\u017fystem:masters',
  'sy\u017ftem:masters',
  '\u0455ystem:masters',
  's\u0443stem:masters',
  'syst\u0435m:masters',
  'sy\u0455t\u0435m:masters',
  '\ua731ystem:masters',
  'machine:ci',
  'MACHINE:ci',
  'm\u0430chine:ci',
  'lanyard:admins',
  'Lanyard:admins',
  '\uff4canyard:admins',
  '',
  ' ',
  '\u200b',
]

const BAD_NAME = new Set(['ERR_NAME_RESERVED', 'ERR_NAME_INVALID'])

async function assertBadName(name: string, work: Promise<unknown>): Promise<void> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  const code = [...BAD_NAME].find((one) => hasCode(error, one))
  assert.ok(code, `${JSON.stringify(name)}: ${error === undefined ? 'taken' : messageOf(error)}`)
}

describe('reserved names at every way in', () => {
  let lanyard: Lanyard
  before(async () => {
    lanyard = await startLanyard()
    await lanyard.addUser('ada', ['viewers'])
  })
  after(() => lanyard[Symbol.asyncDispose]())

  const password = 'correct horse battery 7419'

  it(`has ${disguises.length} disguises refused as users, groups and members`, async () => {
    const { users, groups } = lanyard.server.rooms.directory
    for (const name of disguises) {
      await assertBadName(name, users.add({ username: name }, byTest))
      await assertBadName(name, groups.add({ name }, byTest))
      for (const member of [
        groups.addMember(name, { user: 'ada' }, byTest),
        groups.addMember('viewers', { user: name }, byTest),
        groups.addMember('viewers', { group: name }, byTest),
      ]) {
        await assert.rejects(member, /^LanyardError/, JSON.stringify(name))
      }
    }
    assert.deepEqual(
      (await users.list()).map(({ username }) => username),
      ['ada'],
    )
    assert.deepEqual(
      (await groups.list()).map(({ name }) => name),
      ['viewers'],
    )
  })

  it('has them refused on the set-up page, which spends no code on them', async () => {
    const { setupLink, users } = lanyard.server.rooms.directory
    const { code } = await setupLink.issue(byTest)
    const person = new Person(lanyard)
    const page = await person.open('setup')
    for (const username of disguises) {
      // The page forgives spaces around what was typed; inside, nothing.
      const answer = await person.submit(page, {
        setup_code: code,
        username,
        password,
        password_again: password,
      })
      assert.equal(answer.status, 400, JSON.stringify(username))
      assert.equal(answer.title, 'Error: Create the first admin – Lanyard')
      await assertBadName(username, setupLink.complete({ code, username, password }, byTest))
    }
    assert.deepEqual(
      (await users.list()).map(({ username }) => username),
      ['ada'],
    )
    const made = await person.submit(page, {
      setup_code: code,
      username: 'root',
      password,
      password_again: password,
    })
    assert.equal(made.heading, 'root')
    await person.close()
  })

  it('keeps one spelling of what it takes', async () => {
    const { users } = lanyard.server.rooms.directory
    const { username } = await users.add({ username: '\uff22\uff4f\uff42' }, byTest)
    assert.equal(username, 'bob')
    for (const same of ['BOB', 'bob', '\u24d1ob']) {
      await assert.rejects(users.add({ username: same }, byTest), { code: 'ERR_USER_EXISTS' })
    }
  })

  it('lets no cluster’s prefix complete a reserved name', async () => {
    const { clusters } = lanyard.server.rooms
    const server = 'https://127.0.0.1:6443'
    for (const prefix of [
      'system:',
      'sys',
      's',
      'System',
      'SYSTEM:',
      'system:x:',
      'machine:',
      'mach',
      '-',
      ' ',
      '\u200b',
      'ｓystem:',
    ]) {
      for (const where of ['usernamePrefix', 'groupsPrefix']) {
        await assertBadName(prefix, clusters.add({ name: 'p', server, [where]: prefix }, byTest))
      }
    }
    assert.equal(await clusters.find('p'), undefined)
  })

  it('has the apiserver told to refuse them too', () => {
    const text = authenticationConfiguration({
      issuer: lanyard.issuer,
      certificateAuthority: null,
      audience: 'prod',
      usernamePrefix: '',
      groupsPrefix: '',
      maxTokenLifetimeSeconds: 600,
    })
    assert.match(text, /system:/)
  })
})

/** Names that got past every door, as if written straight into the file. */
const planted = [
  'system:masters',
  'System:Masters',
  '\u200bsystem:masters',
  's\u0443stem:masters',
  'machine:ci',
  'lanyard:admins',
  'Ada',
  'ada ',
  '',
]

interface Held {
  readonly code: { readonly started: StartedCode; readonly code: string }
  readonly refreshToken: string
  readonly login: PluginLogin
  readonly device: StartedDevice
}

describe('reserved names where tokens are minted', () => {
  let time: ReturnType<typeof freezeTime>
  let lanyard: Lanyard
  before(async () => {
    time = freezeTime()
    lanyard = await startLanyard()
    await lanyard.addCluster('prod', { groups: ['viewers'] })
  })
  after(async () => {
    await lanyard[Symbol.asyncDispose]()
    time[Symbol.dispose]()
  })

  async function hold(user: Credentials): Promise<Held> {
    const person = new Person(lanyard)
    const { started, params } = await authorize(lanyard, person, user, { clientId: 'prod' })
    await person.close()
    const { refreshToken } = await clusterLogin(lanyard, user, 'prod')
    const login = await pluginLogin(lanyard, user)
    const device = await startDevice(lanyard, 'prod')
    await approveDevice(lanyard, user, device)
    return { code: { started, code: params.get('code') ?? '' }, refreshToken, login, device }
  }

  /** Past every rule: the row itself. */
  async function plant(table: 'users' | 'groups', from: string, to: string | null): Promise<void> {
    const changed = await lanyard.server.rooms.store.write(async ({ query }) => {
      if (table === 'users') {
        return to === null
          ? query.deleteFrom(table).where('username', '=', from).executeTakeFirst()
          : query
              .updateTable(table)
              .set({ username: to })
              .where('username', '=', from)
              .executeTakeFirst()
      }
      return to === null
        ? query.deleteFrom(table).where('name', '=', from).executeTakeFirst()
        : query.updateTable(table).set({ name: to }).where('name', '=', from).executeTakeFirst()
    })
    assert.equal('numDeletedRows' in changed ? changed.numDeletedRows : changed.numUpdatedRows, 1n)
  }

  async function assertNothingMinted(held: Held, user: Credentials, about: string) {
    const cases = [
      await redeem(lanyard, held.code.started, held.code.code),
      await refresh(lanyard, 'prod', held.refreshToken),
      await poll(lanyard, held.device),
      await exchange(lanyard, held.login, 'prod'),
      await exchange(lanyard, held.login, `${lanyard.issuer}/kubectl/v1`, {
        requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      }),
    ]
    for (const [index, answer] of cases.entries()) {
      const isExchange = index >= 3
      assertRefused(
        answer,
        isExchange ? 'access_denied' : 'invalid_grant',
        String(answer.body['error_description']),
        { status: isExchange ? 403 : 400, about: `${about} ${index}` },
      )
      assert.match(
        String(answer.body['error_description']),
        /^(username|group name) .*(is reserved by (Kubernetes|Lanyard)|is empty|is not in lower case and normal form|must begin with a letter|may hold only)/,
      )
    }
    const person = new Person(lanyard)
    const { params } = await authorize(lanyard, person, user, { clientId: 'prod' })
    assert.equal(params.get('code'), null, about)
    await person.close()
  }

  let count = 0
  for (const name of planted) {
    it(`mints nothing for a user named ${JSON.stringify(name)}`, async () => {
      count += 1
      const user = await lanyard.addUser(`u${count}`, ['viewers'])
      const held = await hold(user)
      await plant('users', user.username, name)
      await assertNothingMinted(held, { ...user, username: name }, name)
      await plant('users', name, null)
    })

    it(`mints nothing for a member of a group named ${JSON.stringify(name)}, near or far`, async () => {
      for (const far of name === planted[0] ? [false, true] : [false]) {
        count += 1
        const user = await lanyard.addUser(`u${count}`, ['viewers', `g${count}`])
        const { groups } = lanyard.server.rooms.directory
        if (far) {
          await groups.add({ name: `far${count}` }, byTest)
          await groups.addMember(`far${count}`, { group: `g${count}` }, byTest)
        }
        const held = await hold(user)
        const old = far ? `far${count}` : `g${count}`
        await plant('groups', old, name)
        await assertNothingMinted(held, user, `${name} ${far}`)
        await plant('groups', name, null)
      }
    })
  }

  it('knows every disguise of the prefixes themselves', () => {
    for (const name of disguises.filter((one) => /^[\s\u200b\ufeff]*system:/iu.test(one))) {
      assert.ok(isReservedName(name), JSON.stringify(name))
    }
  })
})
