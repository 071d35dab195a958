/**
 * Threat 21 at the doors: a token names addresses in its header and its claims (`jku`, `x5u`, `iss`, distributed claims), and no
 * door asks any of them (RFC 8725 §3.10).
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { addRule, machineExchange, pin } from '../machines/at-the-door.ts'
import { githubClaims } from '../machines/claim-sets.ts'
import { type StandInIssuer, startStandInIssuer } from '../machines/stand-in-issuer.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { clusterLogin, payloadOf } from '../support/logins.ts'
import { DOOR_KINDS, type DoorKind, type Doors, openDoors, stealKey } from './doors.ts'

describe('an address inside a token', () => {
  const owned = new AsyncDisposableStack()
  const credentials = new Map<DoorKind, string>()
  let lanyard: Lanyard
  let doors: Doors
  let trusted: StandInIssuer
  let evil: StandInIssuer

  before(async () => {
    lanyard = owned.use(await startLanyard())
    doors = owned.use(openDoors(lanyard))
    await lanyard.addCluster('prod', { groups: ['dev'] })
    for (const kind of DOOR_KINDS) credentials.set(kind, await doors.issue('prod', kind))
    trusted = owned.use(await startStandInIssuer())
    evil = owned.use(await startStandInIssuer())
    const issuer = { name: 'github', kind: 'github', issuer: trusted.url } as const
    // Its CA knows the other server too: what keeps Lanyard from asking is no certificate.
    const certificateAuthority = trusted.ca + evil.ca
    await lanyard.server.rooms.machines.issuers.add({ ...issuer, certificateAuthority }, byTest)
    await addRule(lanyard, {
      ...{ name: 'release', issuer: 'github', username: 'machine:release' },
      ...{ pins: [pin('repository', 'octo-org/octo-repo')], clusters: ['prod'] },
    })
  })
  after(() => owned.disposeAsync())

  const headers = () => ({ jku: `${evil.url}/jwks`, x5u: `${evil.url}/chain.pem` })
  const sources = () => ({
    _claim_names: { groups: 'evil' },
    _claim_sources: { evil: { endpoint: `${evil.url}/groups`, access_token: 'x' } },
  })

  it('is asked neither by the webhook nor for a proxy, whoever signed', async () => {
    const ada = await lanyard.addUser('ada', ['dev'])
    const claims = payloadOf((await clusterLogin(lanyard, ada, 'prod')).idToken)
    const stolen = await stealKey(lanyard, 'RS256')
    for (const [token, isPerson] of [
      [await evil.sign({ ...claims, iss: evil.url }, headers()), false],
      [await evil.sign({ ...claims, ...sources() }, { ...headers(), kid: stolen.kid }), false],
      [await stolen.sign({ ...claims, groups: undefined, ...sources() }, headers()), true],
    ] as const) {
      for (const kind of DOOR_KINDS) {
        const credential = credentials.get(kind) ?? ''
        const seen = await doors.ask({ kind, cluster: 'prod', credential, token })
        if (isPerson) assert.deepEqual(seen, { username: 'ada', groups: ['dev'] })
        else assert.match(typeof seen === 'string' ? seen : '', /^the ID token was refused: /)
      }
    }
    assert.deepEqual(evil.asked, [])
  })

  it('is asked by no exchange: of a stranger nothing, of a trusted issuer what the admin named', async () => {
    const aud = lanyard.issuer
    const ofStranger = await evil.sign(githubClaims({ iss: evil.url, aud }), headers())
    assert.equal((await machineExchange(lanyard, ofStranger, 'prod')).status, 400)
    const inItsName = await evil.sign(githubClaims({ iss: trusted.url, aud }), {
      ...{ ...headers(), kid: trusted.kid },
    })
    assert.equal((await machineExchange(lanyard, inItsName, 'prod')).status, 400)
    const good = githubClaims({ iss: trusted.url, aud }, sources())
    const { status, body } = await machineExchange(
      lanyard,
      await trusted.sign(good, headers()),
      'prod',
    )
    assert.equal(status, 200, JSON.stringify(body))
    const { preferred_username, groups } = payloadOf(String(body['access_token']))
    assert.deepEqual([preferred_username, groups], ['machine:release', []])
    assert.deepEqual(evil.asked, [])
    assert.deepEqual(trusted.asked, ['/.well-known/openid-configuration', '/jwks'])
  })
})
