/**
 * Threats 10 and 29 for what programs hold: an access token, a gateway's credential and a live token's groups are each good at
 * one door, whatever they look like, and an access token carries no more than its owner has now.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Agent, request } from 'undici'
import { addRule, EXCHANGE, machineExchange, pin } from '../machines/at-the-door.ts'
import { startStandInIssuer } from '../machines/stand-in-issuer.ts'
import { askGroups, groupsSourceOf } from '../support/groups-claim.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { clusterLogin, postForm, refresh } from '../support/logins.ts'
import { DOOR_KINDS, type DoorKind, type Doors, openDoors } from './doors.ts'

describe('what a program holds', () => {
  const owned = new AsyncDisposableStack()
  const credentials = new Map<DoorKind, string>()
  let lanyard: Lanyard
  let doors: Doors
  let dispatcher: Agent
  let idToken: string

  before(async () => {
    lanyard = owned.use(await startLanyard())
    doors = owned.use(openDoors(lanyard))
    dispatcher = new Agent({ connect: { ca: lanyard.ca } })
    owned.defer(() => dispatcher.destroy())
    const ada = await lanyard.addUser('ada', ['dev', 'ops'])
    await lanyard.addCluster('prod', { groups: ['dev'], liveGroups: true })
    for (const kind of DOOR_KINDS) credentials.set(kind, await doors.issue('prod', kind))
    idToken = (await clusterLogin(lanyard, ada, 'prod')).idToken
    const github = owned.use(await startStandInIssuer())
    const issuer = { name: 'github', kind: 'github', issuer: github.url } as const
    const { machines } = lanyard.server.rooms
    await machines.issuers.add({ ...issuer, certificateAuthority: github.ca }, byTest)
    await addRule(lanyard, {
      ...{ name: 'release', issuer: 'github', username: 'machine:release' },
      ...{ pins: [pin('repository', 'octo-org/octo-repo')], clusters: ['prod'] },
    })
  })
  after(() => owned.disposeAsync())

  async function make(groups: readonly string[] | null) {
    const { directory, accessTokens } = lanyard.server.rooms
    const { id: userId } = await directory.users.get('ada')
    const wanted = { userId, name: 'job', clusters: null, groups }
    const { value } = await accessTokens.create(wanted, byTest)
    noteSecret(value, 'access token')
    return value
  }
  async function seen(token: string) {
    const answers = []
    for (const kind of DOOR_KINDS) {
      const credential = credentials.get(kind) ?? ''
      answers.push(await doors.ask({ kind, cluster: 'prod', credential, token }))
    }
    return answers
  }
  const credentialOf = (kind: DoorKind) => credentials.get(kind) ?? assert.fail()
  async function statusOf(path: string, authorization: string, method: 'GET' | 'POST' = 'GET') {
    const { statusCode, body } = await request(lanyard.issuer + path, {
      ...{ dispatcher, method, headers: { authorization } },
    })
    await body.dump()
    return statusCode
  }
  const import_ = (text: string, dryRun = false) =>
    lanyard.server.rooms.accessTokens.importTokenFile({ text, clusters: null, dryRun }, byTest)

  it('opens no other endpoint, as a bearer, a proof or a subject', async () => {
    const { accessToken } = groupsSourceOf(idToken)
    const { text: groupsJwt } = await askGroups(lanyard, groupsSourceOf(idToken))
    noteSecret(groupsJwt, 'groups JWT')
    for (const [what, token] of [
      ['an access token', await make(null)],
      ['a credential of a webhook', credentialOf('webhook')],
      ['a credential of a proxy', credentialOf('proxy')],
      ['the access token in an ID token', accessToken],
      ['the groups got with it', groupsJwt],
    ] as const) {
      for (const scheme of ['Bearer', 'DPoP']) {
        for (const path of ['/me', '/kubectl/v1/clusters', '/kubectl/v1/tokens']) {
          // The engine calls a proof that is missing a bad request.
          const expected = scheme === 'DPoP' && path === '/me' ? 400 : 401
          assert.equal(await statusOf(path, `${scheme} ${token}`), expected, `${what} at ${path}`)
        }
        for (const path of ['/kubectl/v1/certificates', '/kubectl/v1/tokens']) {
          const status = await statusOf(path, `${scheme} ${token}`, 'POST')
          assert.equal(status, 401, `${what} at ${path}`)
        }
      }
      if (token !== accessToken) {
        assert.equal(await statusOf('/live/groups', `Bearer ${token}`), 401, what)
      }
      for (const type of ['jwt', 'id_token', 'access_token', 'refresh_token']) {
        const subject_token_type = `urn:ietf:params:oauth:token-type:${type}`
        const change = { subject_token_type }
        const answer = await machineExchange(lanyard, token, 'prod', change)
        assert.ok(answer.status === 400 || answer.status === 401, `${what} as ${type}`)
        assert.equal(answer.body['access_token'], undefined, `${what} as ${type}`)
      }
      const asClient = await postForm(lanyard, `${lanyard.issuer}/token`, {
        ...{ grant_type: EXCHANGE, client_id: 'prod', client_secret: token, audience: 'prod' },
      })
      assert.equal(asClient.body['access_token'], undefined, what)
      assert.equal((await refresh(lanyard, 'prod', token)).status, 400, what)
    }
  })

  it('is nobody at the doors where it is a credential or came out of a live token', async () => {
    const source = groupsSourceOf(idToken)
    const none = 'this token is none of ours'
    for (const kind of DOOR_KINDS) {
      assert.deepEqual(await seen(credentialOf(kind)), [none, none])
    }
    const { text: groupsJwt } = await askGroups(lanyard, source)
    const use = 'the ID token was refused: missing required "token_use" claim'
    assert.deepEqual(await seen(groupsJwt), [use, use])
    const [first, second] = await seen(source.accessToken)
    assert.match(typeof first === 'string' ? first : '', /^the ID token was refused: /)
    assert.equal(second, first)
  })

  it('carries groups by the names that were allowed, and never one that its owner left', async () => {
    const { groups } = lanyard.server.rooms.directory
    const token = await make(['dev', 'ops'])
    const all = await make(null)
    await groups.add({ name: 'admins' }, byTest)
    await groups.addMember('admins', { user: 'ada' }, byTest)
    const of = (...names: string[]) => {
      const answer = { username: 'ada', groups: names }
      return [answer, answer]
    }
    assert.deepEqual(await seen(token), of('dev', 'ops'))
    assert.deepEqual(await seen(all), of('admins', 'dev', 'ops'))
    await groups.removeMember('ops', { user: 'ada' }, byTest)
    assert.deepEqual(await seen(token), of('dev'))
    // A row that says more than the owner has is as good as none.
    await lanyard.server.rooms.store.write((tx) =>
      tx.query
        .updateTable('access_tokens')
        .set({ groups: JSON.stringify(['dev', 'ops', 'system:masters']) })
        .execute(),
    )
    assert.deepEqual(await seen(token), of('dev'))
  })

  it('is looked at as what it is stored as, whatever it looks like', async () => {
    const claims = (id: string) => Buffer.from(JSON.stringify({ sub: id })).toString('base64url')
    const root = await lanyard.addUser('root', ['dev'])
    const { id } = await lanyard.server.rooms.directory.users.get(root.username)
    const looks = [
      `eyJhbGciOiJub25lIn0.${claims(id)}.AAAA`,
      `lanyard_at_${'A'.repeat(36)}`,
      `lanyard_proxy_${'A'.repeat(43)}`,
      'm-aaaaaaaaaaaaaaaa.AAAAAAAAAAAAAAAA',
    ]
    for (const value of looks) noteSecret(value, 'imported token')
    const text = looks.map((value) => `${value},mallory,1,dev`).join('\n')
    const { secretsAdded, faults } = await import_(text)
    assert.deepEqual([secretsAdded, faults], [4, []])
    const mallory = { username: 'mallory', groups: ['dev'] }
    for (const value of looks) {
      assert.deepEqual(await seen(value), [mallory, mallory])
      assert.equal(await statusOf('/me', `Bearer ${value}`), 401)
      const bearer = { kind: 'proxy', cluster: 'prod', credential: value, token: value } as const
      assert.equal(await doors.ask(bearer), 401)
    }
    // With a byte more or less it is nobody.
    for (const value of looks) {
      for (const wrong of [`${value}A`, value.slice(0, -1), ` ${value}`, value.toLowerCase()]) {
        if (wrong === value) continue
        for (const answer of await seen(wrong)) assert.equal(typeof answer, 'string', wrong)
      }
    }
  })

  it('is not taken over from somebody who has it, nor for a reserved name', async () => {
    const token = await make(null)
    const taken = await import_(`${token},mallory,1,dev\n`)
    assert.deepEqual(taken.faults, [{ line: 1, sentence: "has a token that is ada's already" }])
    assert.deepEqual([taken.usersAdded, taken.secretsAdded], [0, 0])
    for (const line of ['system:admin,1', 'machine:release,1', 'ada,1,"dev,system:masters"']) {
      const { faults, secretsAdded } = await import_(`imported-token-${line.length},${line}\n`)
      assert.equal(faults.length, 1, line)
      assert.equal(secretsAdded, 0, line)
    }
  })
})
