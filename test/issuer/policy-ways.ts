import assert from 'node:assert/strict'
import { decodeJwt } from 'jose'
import { AMR, type SignInPolicy } from '../../src/access/index.ts'
import { exchange, type Login, logIn } from './plugin-support.ts'
import {
  Agent,
  authorizeUrl,
  BY,
  CALLBACK,
  form,
  type Interaction,
  post,
  redeem,
  refresh,
  type TokenAnswer,
  type World,
} from './support.ts'

/** How somebody proves who they are. A recovery code stands for a one-time code; an invitation ends with a new password. */
export const SIGN_INS = {
  password: AMR.password,
  invitation: AMR.password,
  'password and code': AMR.passwordAndCode,
  'recovery code': AMR.passwordAndCode,
  passkey: AMR.passkey,
} as const satisfies Record<string, readonly string[]>
export type SignIn = keyof typeof SIGN_INS

/** What a cluster asks. */
export const CLUSTERS = {
  nothing: { factors: 'any', maxAge: null },
  'two factors': { factors: 'two', maxAge: null },
  'a fresh passkey': { factors: 'passkey', maxAge: 300 },
} as const satisfies Record<string, SignInPolicy>
export type Asks = keyof typeof CLUSTERS

const amrOf = (signIn: SignIn) => encodeURIComponent(SIGN_INS[signIn].join(' '))

/** Whether a token came, and what it says; else the exact refusal. Times are seconds from now. */
export interface Outcome {
  readonly token?: { readonly acr: unknown; readonly amr: unknown; readonly lives: number }
  readonly refusal?: Readonly<Record<string, unknown>>
}

export async function setPolicy(world: World, asks: Asks): Promise<void> {
  await world.clusters.change('prod', { policy: CLUSTERS[asks] }, BY)
}

function outcomeOf({ status, body }: { status: number; body: TokenAnswer }, token: string) {
  if (status !== 200) {
    const { reference: _reference, ...refusal } = { status, ...body } as Record<string, unknown>
    return { refusal }
  }
  const { acr, amr, exp = 0 } = decodeJwt(token)
  const lives = exp - Math.floor(Date.now() / 1000)
  // RFC 6749 §5.1: what the client is told to keep ends no later.
  assert.ok(body.expires_in <= lives, `${body.expires_in} > ${lives}`)
  return { token: { acr, amr, lives } }
}

/** The authorization code flow, by a sign-in for it. */
export async function byCode(world: World, signIn: SignIn): Promise<Outcome> {
  const agent = new Agent(world)
  const page = await agent.location(authorizeUrl(world))
  const answer = await agent.fetch(`${page}/sign-in?amr=${amrOf(signIn)}`, { method: 'POST' })
  if (answer.status !== 303) {
    const { code, message, needs } = (await answer.json()) as Record<string, unknown>
    // It waits on: another sign-in of the same interaction gets the code.
    const waiting = await agent.json<Interaction>(page)
    assert.equal(waiting.session, null, 'nobody is signed in by half')
    return { refusal: { status: answer.status, code, message, needs } }
  }
  const callback = await agent.location(answer.headers.get('location') ?? '')
  const redeemed = await redeem(world, new URL(callback).searchParams.get('code') ?? '')
  return outcomeOf(redeemed, redeemed.body.id_token)
}

/** A request in a browser whose session began so long ago. */
export async function bySession(world: World, signIn: SignIn, wait: () => void): Promise<Outcome> {
  const agent = new Agent(world)
  await agent.fetch(`/sign-in?amr=${amrOf(signIn)}`, { method: 'POST' })
  wait()
  const page = await agent.location(authorizeUrl(world))
  assert.match(page, /\/interaction\//)
  const asked = await agent.json<Interaction>(page)
  if (asked.stepUp !== null) {
    const { prompt, refusal, stepUp } = asked
    assert.equal(asked.needs.signIn, true)
    return { refusal: { prompt, sentence: refusal, needs: stepUp } }
  }
  assert.equal(asked.prompt, 'consent')
  const resume = await agent.location(`${page}/confirm`, { method: 'POST' })
  const callback = new URL(await agent.location(resume))
  const redeemed = await redeem(world, callback.searchParams.get('code') ?? '')
  return outcomeOf(redeemed, redeemed.body.id_token)
}

export async function byDevice(world: World, signIn: SignIn, wait: () => void): Promise<Outcome> {
  const agent = new Agent(world)
  const at = Date.now()
  wait()
  const started = await post(world, '/device/auth', { client_id: 'prod', scope: 'openid' })
  const { user_code: userCode, device_code: deviceCode } = started.body as Record<string, string>
  const step = (name: string) =>
    agent.json<Record<string, unknown>>(
      `/device/${name}/${userCode}?at=${at}&amr=${amrOf(signIn)}`,
      { method: 'POST' },
    )
  await step('claim')
  const approval = await step('approve')
  if (approval['kind'] === 'refused') {
    const { sentence, needs } = approval
    const pending = await world.issuer.deviceCodes.find(userCode ?? '')
    assert.ok(pending, 'the same code can be approved by a stronger sign-in')
    return { refusal: { sentence, needs } }
  }
  const answer = await form(world, '/token', {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    client_id: 'prod',
    device_code: deviceCode ?? '',
  })
  return outcomeOf(answer, answer.body.id_token)
}

/** A login that was made while the cluster asked for nothing. */
export async function startRefresh(world: World, signIn: SignIn): Promise<string> {
  const agent = new Agent(world)
  const page = await agent.location(authorizeUrl(world, { redirect_uri: CALLBACK }))
  const resume = await agent.location(`${page}/sign-in?amr=${amrOf(signIn)}`, { method: 'POST' })
  const callback = new URL(await agent.location(resume))
  const { body } = await redeem(world, callback.searchParams.get('code') ?? '')
  return body.refresh_token
}

export async function byRefresh(world: World, refreshToken: string): Promise<Outcome> {
  const answer = await refresh(world, refreshToken)
  return outcomeOf(answer, answer.body.id_token)
}

export const startExchange = (world: World, signIn: SignIn): Promise<Login> =>
  logIn(world, { amr: amrOf(signIn) })

export async function byExchange(world: World, login: Login): Promise<Outcome> {
  const answer = await exchange(world, login, await login.proof())
  return outcomeOf(answer, answer.body.access_token)
}
