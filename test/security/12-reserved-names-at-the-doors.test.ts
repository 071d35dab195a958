/**
 * Threat 12 at the webhook, the proxy's question and the proxy itself. Kubernetes takes any name from any of them, `system:masters`
 * too, and a row of the database may hold what no command would take: each is refused again where it would be said.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { UserId } from '../../src/errors/index.ts'
import { addRule, machineExchange, pin } from '../machines/at-the-door.ts'
import { githubClaims } from '../machines/claim-sets.ts'
import { startStandInIssuer } from '../machines/stand-in-issuer.ts'
import { ask } from '../proxy/ask.ts'
import { setStage } from '../proxy/stage.ts'
import { makeRequest } from '../support/certificate-requests.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { clusterLogin } from '../support/logins.ts'
import { DOOR_KINDS, type DoorKind, type Doors, openDoors } from './doors.ts'

const BY_KUBERNETES = 'is reserved by Kubernetes'

describe('a reserved name at the doors', () => {
  const owned = new AsyncDisposableStack()
  const credentials = new Map<DoorKind, string>()
  const tokens = new Map<'person' | 'access token' | 'machine', string>()
  let lanyard: Lanyard
  let doors: Doors
  let userId: UserId

  before(async () => {
    lanyard = owned.use(await startLanyard())
    doors = owned.use(openDoors(lanyard))
    const ada = await lanyard.addUser('ada', ['dev'])
    await lanyard.addCluster('prod', { groups: ['dev'] })
    for (const kind of DOOR_KINDS) credentials.set(kind, await doors.issue('prod', kind))
    tokens.set('person', (await clusterLogin(lanyard, ada, 'prod')).idToken)
    const { directory, accessTokens, machines } = lanyard.server.rooms
    const { id } = await directory.users.get('ada')
    userId = id
    const wanted = { userId: id, name: 'job', clusters: null, groups: null }
    const { value } = await accessTokens.create(wanted, byTest)
    noteSecret(value, 'access token')
    tokens.set('access token', value)
    const github = owned.use(await startStandInIssuer())
    const issuer = { name: 'github', kind: 'github', issuer: github.url } as const
    await machines.issuers.add({ ...issuer, certificateAuthority: github.ca }, byTest)
    await addRule(lanyard, {
      ...{ name: 'release', issuer: 'github', username: 'machine:release', groups: ['dev'] },
      ...{ pins: [pin('repository', 'octo-org/octo-repo')], clusters: ['prod'] },
    })
    const subject = await github.sign(githubClaims({ iss: github.url, aud: lanyard.issuer }))
    const { body } = await machineExchange(lanyard, subject, 'prod')
    tokens.set('machine', String(body['access_token']))
  })
  after(() => owned.disposeAsync())

  /** What both doors say of each token. */
  async function seen(who: readonly ('person' | 'access token' | 'machine')[]) {
    const answers = new Set<string>()
    for (const one of who) {
      for (const kind of DOOR_KINDS) {
        const credential = credentials.get(kind) ?? ''
        const asked = { kind, cluster: 'prod', credential, token: tokens.get(one) ?? '' }
        answers.add(JSON.stringify(await doors.ask(asked)))
      }
    }
    return [...answers].map((answer) => JSON.parse(answer) as unknown)
  }
  /** Writes past every check, as a restored dump or a hole elsewhere would, and takes it back. */
  async function withRow<T>(
    table: 'users' | 'groups' | 'clusters' | 'machine_rules',
    row: { readonly column: string; readonly value: string },
    run: () => Promise<T>,
  ): Promise<T> {
    const before = { users: 'ada', groups: 'dev', clusters: '', machine_rules: 'machine:release' }
    const write = (value: string) =>
      lanyard.server.rooms.store.write((tx) =>
        tx.query
          .updateTable(table)
          .set({ [row.column]: value })
          .execute(),
      )
    await write(row.value)
    try {
      return await run()
    } finally {
      await write(before[table])
    }
  }

  it('is said of nobody whose row has it', async () => {
    for (const [value, sentence] of [
      ['system:admin', `username "system:admin" ${BY_KUBERNETES}`],
      ['SYSTEM:admin', `username "SYSTEM:admin" ${BY_KUBERNETES}`],
      ['ｓystem:admin', `username "ｓystem:admin" ${BY_KUBERNETES}`],
      ['sys\u200btem:admin', `username "sys\\u{200b}tem:admin" ${BY_KUBERNETES}`],
      ['ѕystem:admin', 'username "ѕystem:admin" may hold only a-z, 0-9, . _ and - before a colon'],
      ['machine:release', 'username "machine:release" is reserved by Lanyard'],
      ['lanyard:probe', 'username "lanyard:probe" is reserved by Lanyard'],
      ['', 'username is empty'],
    ] as const) {
      const row = { column: 'username', value }
      const said = await withRow('users', row, () => seen(['person', 'access token']))
      assert.deepEqual(said, [sentence], value)
    }
  })

  it('is said of nobody who is in a group of it, machine or person', async () => {
    for (const value of ['system:masters', 'System:Masters', 'system\u00ad:masters']) {
      const all = ['person', 'access token', 'machine'] as const
      const said = await withRow('groups', { column: 'name', value }, () => seen(all))
      assert.equal(said.length, 1, value)
      assert.match(String(said[0]), /^group name "(?:[^"]+)" is reserved by Kubernetes$/)
    }
  })

  it('is said of no machine whose rule has it', async () => {
    for (const [value, sentence] of [
      [
        'system:serviceaccount:kube-system:default',
        'a machine\'s username begins with "machine:", and "system:serviceaccount:kube-system:default" does not',
      ],
      ['ada', 'a machine\'s username begins with "machine:", and "ada" does not'],
      ['machine:system:masters', `username "system:masters" ${BY_KUBERNETES}`],
      ['machine:', 'username is empty'],
    ] as const) {
      const row = { column: 'username', value }
      const said = await withRow('machine_rules', row, () => seen(['machine']))
      assert.deepEqual(said, [sentence], value)
    }
  })

  it('is made by no prefix, though a row of its cluster has it', async () => {
    const all = ['person', 'access token', 'machine'] as const
    for (const value of ['system:', 'sys', 'SYSTEM:', 'machine:', 'mach', 'ｓystem:', '\u200b']) {
      for (const column of ['username_prefix', 'groups_prefix']) {
        const said = await withRow('clusters', { column, value }, () => seen(all))
        assert.equal(said.length, 1, `${column} ${value}`)
        assert.match(String(said[0]), /^prefix ".+" (?:could make names|must begin)/, value)
      }
    }
  })

  it('is none where the prefix is the one that add-a-cluster recommends', async () => {
    const { clusters, certificates } = lanyard.server.rooms
    await clusters.change('prod', { usernamePrefix: 'lanyard:', groupsPrefix: 'lanyard:' }, byTest)
    const person = { username: 'lanyard:ada', groups: ['lanyard:dev'] }
    const machine = { username: 'lanyard:machine:release', groups: ['lanyard:dev'] }
    assert.deepEqual(await seen(['person', 'access token', 'machine']), [person, machine])
    await certificates.authorities.make('prod', byTest)
    const [device] = await lanyard.server.issuer.devices.list(userId)
    const { csr } = await makeRequest()
    const signed = await certificates.sign({
      ...{ userId, deviceId: device?.id ?? assert.fail() },
      ...{ cluster: { name: 'prod' }, csr, by: byTest },
    })
    const { subject } = signed
    assert.deepEqual([subject.username, subject.groups], ['lanyard:ada', ['lanyard:dev']])
    await clusters.change('prod', { usernamePrefix: '', groupsPrefix: '' }, byTest)
  })

  it('is passed on by no proxy, and that prefix is', async () => {
    const passed: unknown[] = []
    await using stage = await setStage({
      handle(req, res) {
        passed.push([req.headers['x-remote-user'], req.headers['x-remote-group']])
        res.end('ok')
      },
    })
    for (const [username, group, status] of [
      ['lanyard:ada', 'lanyard:dev', 200],
      ['lanyard:machine:release', 'lanyard:dev', 200],
      ['machine:release', 'dev', 200],
      ['LANYARD:ada', 'dev', 401],
      ['lan\u200byard:ada', 'dev', 401],
      ['Machine:ada', 'dev', 401],
      ['machine:system:masters', 'dev', 401],
      ['system:ada', 'dev', 401],
      ['ada', 'machine:dev', 401],
      ['lanyard:ada', 'system:masters', 401],
    ] as const) {
      const token = `tok-${Buffer.from(username + group).toString('hex')}`
      stage.lanyard.people.set(token, { username, uid: 'u-1', groups: [group] })
      const before = passed.length
      const answer = await ask(stage, { path: '/api', token })
      assert.equal(answer.status, status, `${username} ${answer.text}`)
      assert.deepEqual(passed.slice(before), status === 200 ? [[username, group]] : [])
    }
  })
})
