/**
 * Threat 8 (Keycloak CVE-2026-1035): of twenty at once one wins, or all get one and the same successor within the grace; a
 * restart forgets nothing; outside the grace reuse ends the family (RFC 9700 §4.14.2).
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Lanyard, startLanyard } from '../support/lanyard.ts'
import {
  authorize,
  type Credentials,
  clusterLogin,
  exchange,
  pluginLogin,
  redeem,
  refresh,
  type TokenAnswer,
  tokensOf,
} from '../support/logins.ts'
import { Person } from '../support/person.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import {
  approveDevice,
  assertRefused,
  auditTypes,
  devicesOf,
  freezeTime,
  GRANT_REFUSED,
  poll,
  rowsOf,
  startDevice,
} from './attack.ts'

const AT_ONCE = 20
const GRACE_MS = 10_000

describe('refresh race and replay', () => {
  let time: ReturnType<typeof freezeTime>
  let folder: Awaited<ReturnType<typeof temporaryDirectory>>
  let lanyard: Lanyard
  let ada: Credentials
  before(async () => {
    time = freezeTime()
    folder = await temporaryDirectory()
    lanyard = await startLanyard({ data: folder.path })
    ada = await lanyard.addUser('ada', ['viewers'])
    await lanyard.addCluster('prod', { groups: ['viewers'] })
  })
  after(async () => {
    await lanyard[Symbol.asyncDispose]()
    await folder[Symbol.asyncDispose]()
    time[Symbol.dispose]()
  })

  /** The process ends and another begins on the same directory, at the same address. */
  async function restart(): Promise<void> {
    const { host, port } = lanyard.server.config.listen
    await lanyard[Symbol.asyncDispose]()
    const fixed = port === 0 ? Number(new URL(lanyard.issuer).port) : port
    lanyard = await startLanyard({ data: folder.path, settings: { listen: { host, port: fixed } } })
  }

  const atOnce = (ask: () => Promise<TokenAnswer>) =>
    Promise.all(Array.from({ length: AT_ONCE }, ask))

  const livingTokens = async () =>
    (await rowsOf(lanyard, 'RefreshToken')).filter(({ consumed }) => !consumed).length

  async function codeOf(clientId: string) {
    const person = new Person(lanyard)
    const { started, params } = await authorize(lanyard, person, ada, { clientId })
    await person.close()
    return { started, code: params.get('code') ?? '' }
  }

  it('gives twenty at once one successor', async () => {
    const login = await clusterLogin(lanyard, ada, 'prod')
    const before = await livingTokens()
    const answers = await atOnce(() => refresh(lanyard, 'prod', login.refreshToken))
    const successors = new Set(answers.map((answer) => tokensOf(answer).refreshToken))
    assert.equal(successors.size, 1)
    assert.ok(!successors.has(login.refreshToken))
    assert.equal(await livingTokens(), before)
  })

  it('gives one of twenty at once what a code holds', async () => {
    const { started, code } = await codeOf('prod')
    const before = await livingTokens()
    const answers = await atOnce(() => redeem(lanyard, started, code))
    const won = answers.filter(({ status }) => status === 200)
    assert.equal(won.length, 1)
    for (const lost of answers.filter(({ status }) => status !== 200)) {
      assertRefused(lost, 'invalid_grant', GRANT_REFUSED)
    }
    assert.ok((await livingTokens()) <= before + 1)
  })

  it('ends the grace to the millisecond', async () => {
    const inside = await clusterLogin(lanyard, ada, 'prod')
    const { refreshToken } = tokensOf(await refresh(lanyard, 'prod', inside.refreshToken))
    time.advance(GRACE_MS - 1)
    const late = tokensOf(await refresh(lanyard, 'prod', inside.refreshToken))
    assert.equal(late.refreshToken, refreshToken)
    // The grace is counted from the first use: a second one does not draw it out.
    const { living } = await devicesOf(lanyard)
    time.advance(1)
    const reused = await refresh(lanyard, 'prod', inside.refreshToken)
    assertRefused(reused, 'invalid_grant', GRANT_REFUSED)
    assertRefused(await refresh(lanyard, 'prod', refreshToken), 'invalid_grant', GRANT_REFUSED)
    assert.equal((await devicesOf(lanyard)).living, living - 1)
    assert.ok((await auditTypes(lanyard, 3)).includes('device.reuse_detected'))
  })

  it('has no grace for a code', async () => {
    const { started, code } = await codeOf('prod')
    const { refreshToken } = tokensOf(await redeem(lanyard, started, code))
    assertRefused(await redeem(lanyard, started, code), 'invalid_grant', GRANT_REFUSED)
    assertRefused(await refresh(lanyard, 'prod', refreshToken), 'invalid_grant', GRANT_REFUSED)
  })

  it('does not let twenty thieves in with an old token', async () => {
    const login = await clusterLogin(lanyard, ada, 'prod')
    const { refreshToken } = tokensOf(await refresh(lanyard, 'prod', login.refreshToken))
    time.advance(GRACE_MS)
    for (const answer of await atOnce(() => refresh(lanyard, 'prod', login.refreshToken))) {
      assertRefused(answer, 'invalid_grant', GRANT_REFUSED)
    }
    assertRefused(await refresh(lanyard, 'prod', refreshToken), 'invalid_grant', GRANT_REFUSED)
  })

  it('forgets nothing over a restart', async () => {
    const { started, code } = await codeOf('prod')
    tokensOf(await redeem(lanyard, started, code))
    const device = await startDevice(lanyard, 'prod')
    await approveDevice(lanyard, ada, device)
    tokensOf(await poll(lanyard, device))
    const old = await clusterLogin(lanyard, ada, 'prod')
    const rotated = tokensOf(await refresh(lanyard, 'prod', old.refreshToken))
    const plugin = await pluginLogin(lanyard, ada)
    const url = `${lanyard.issuer}/token`
    const dpop = await plugin.key.proof('POST', url)
    assert.equal((await exchange(lanyard, plugin, 'prod', {}, { dpop })).status, 200)
    const open = await codeOf('prod')

    await restart()
    assertRefused(
      await exchange(lanyard, plugin, 'prod', {}, { dpop }),
      'invalid_dpop_proof',
      'the DPoP proof was refused: it was used before',
    )
    assert.equal((await exchange(lanyard, plugin, 'prod')).status, 200)
    const within = tokensOf(await refresh(lanyard, 'prod', old.refreshToken))
    assert.equal(within.refreshToken, rotated.refreshToken)
    assertRefused(await redeem(lanyard, started, code), 'invalid_grant', GRANT_REFUSED)
    assertRefused(await poll(lanyard, device), 'invalid_grant', GRANT_REFUSED)
    tokensOf(await redeem(lanyard, open.started, open.code))

    time.advance(GRACE_MS)
    await restart()
    assertRefused(await refresh(lanyard, 'prod', old.refreshToken), 'invalid_grant', GRANT_REFUSED)
    assertRefused(
      await refresh(lanyard, 'prod', rotated.refreshToken),
      'invalid_grant',
      GRANT_REFUSED,
    )
  })

  it('has a proof spent once, whichever of the two behind the token endpoint took it', async () => {
    const { key, refreshToken } = await pluginLogin(lanyard, ada)
    const url = `${lanyard.issuer}/token`
    const spent = 'the DPoP proof was refused: it was used before'
    const refreshWith = (dpop: string) =>
      exchange(
        lanyard,
        { key, refreshToken },
        '',
        { grant_type: 'refresh_token', refresh_token: refreshToken, audience: '' },
        { dpop },
      )
    const first = await key.proof('POST', url)
    assert.equal((await refreshWith(first)).status, 200)
    assertRefused(await refreshWith(first), 'invalid_dpop_proof', spent)
    assertRefused(
      await exchange(lanyard, { key, refreshToken }, 'prod', {}, { dpop: first }),
      'invalid_dpop_proof',
      spent,
    )
    const second = await key.proof('POST', url)
    const exchanged = await exchange(lanyard, { key, refreshToken }, 'prod', {}, { dpop: second })
    assert.equal(exchanged.status, 200)
    assertRefused(await refreshWith(second), 'invalid_dpop_proof', spent)
    const third = await key.proof('POST', url)
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, index) =>
        index % 2 === 0
          ? exchange(lanyard, { key, refreshToken }, 'prod', {}, { dpop: third })
          : refreshWith(third),
      ),
    )
    assert.equal(answers.filter(({ status }) => status === 200).length, 1)
  })
})
