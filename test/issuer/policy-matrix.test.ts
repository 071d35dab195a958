/**
 * Threat 16: every way in against every policy, each cell with its exact outcome. Whatever is not strong or new enough gets
 * nothing, and is told what would do.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it, mock } from 'node:test'
import {
  type Asks,
  byCode,
  byDevice,
  byExchange,
  byRefresh,
  bySession,
  CLUSTERS,
  type Outcome,
  SIGN_INS,
  type SignIn,
  setPolicy,
  startExchange,
  startRefresh,
} from './policy-ways.ts'
import { createWorld, freezeTime, type World } from './support.ts'

const ONE = 'urn:lanyard:acr:one-factor'
const TWO = 'urn:lanyard:acr:two-factors'
const PASSKEY = 'urn:lanyard:acr:passkey'

const weak = 'ada signed in with one factor, and cluster "prod" asks for two'
const keyless = 'ada did not sign in with a passkey, and cluster "prod" asks for one'
const old = 'ada signed in more than 300 seconds ago, and cluster "prod" asks for a newer sign-in'

const password = { acr: ONE, amr: ['pwd'] }
const code = { acr: TWO, amr: ['pwd', 'otp', 'mfa'] }
const passkey = { acr: PASSKEY, amr: ['pop', 'user', 'mfa'] }

/** What this sign-in gets at this cluster right away, and 301 seconds later: a token's seconds, or the sentence. */
type Cell = readonly [
  { readonly acr: string; readonly amr: readonly string[] },
  now: number | string,
  later: number | string,
]
const TABLE: Record<Asks, Record<SignIn, Cell>> = {
  nothing: {
    password: [password, 600, 600],
    invitation: [password, 600, 600],
    'password and code': [code, 600, 600],
    'recovery code': [code, 600, 600],
    passkey: [passkey, 600, 600],
  },
  'two factors': {
    password: [password, weak, weak],
    invitation: [password, weak, weak],
    'password and code': [code, 600, 600],
    'recovery code': [code, 600, 600],
    passkey: [passkey, 600, 600],
  },
  'a fresh passkey': {
    password: [password, keyless, keyless],
    invitation: [password, keyless, keyless],
    'password and code': [code, keyless, keyless],
    'recovery code': [code, keyless, keyless],
    // Nothing outlives the age: what was asked for at once lives for 300 seconds, and not for the usual 600.
    passkey: [passkey, 300, old],
  },
}

const challenges = {
  nothing: {},
  'two factors': { acr_values: `${TWO} ${PASSKEY}` },
  'a fresh passkey': { acr_values: PASSKEY, max_age: 300 },
} as const

type Refused = (sentence: string, asks: Asks) => Readonly<Record<string, unknown>>

interface Way {
  /** Everything up to the last step, `wait` where time may pass. */
  go(world: World, signIn: SignIn, asks: Asks, wait: () => void): Promise<Outcome>
  readonly refused: Refused
}

const WAYS: Record<string, Way> = {
  'the code flow': {
    go: (world, signIn) => byCode(world, signIn),
    refused: (message, asks) => ({
      ...{ status: 400, code: 'ERR_SIGN_IN_WEAK', message },
      needs: CLUSTERS[asks],
    }),
  },
  'a remembered session': {
    go: (world, signIn, _asks, wait) => bySession(world, signIn, wait),
    refused: (sentence, asks) => ({ prompt: 'login', sentence, needs: CLUSTERS[asks] }),
  },
  'the device flow': {
    go: (world, signIn, _asks, wait) => byDevice(world, signIn, wait),
    refused: (sentence, asks) => ({ sentence, needs: CLUSTERS[asks] }),
  },
  'a refresh': {
    async go(world, signIn, asks, wait) {
      await setPolicy(world, 'nothing')
      const token = await startRefresh(world, signIn)
      await setPolicy(world, asks)
      wait()
      return byRefresh(world, token)
    },
    // A client that knows no step-up logs in anew, and meets the same question there.
    refused: (sentence) => ({ status: 400, error: 'invalid_grant', error_description: sentence }),
  },
  'an exchange': {
    async go(world, signIn, _asks, wait) {
      const login = await startExchange(world, signIn)
      wait()
      return byExchange(world, login)
    },
    refused: (sentence, asks) => ({
      ...{ status: 400, error: 'insufficient_user_authentication', error_description: sentence },
      ...challenges[asks],
    }),
  },
}

describe('every way in × every policy', () => {
  let time: ReturnType<typeof freezeTime>
  before(() => {
    time = freezeTime()
  })
  after(() => mock.timers.reset())

  for (const [how, way] of Object.entries(WAYS)) {
    for (const asks of Object.keys(TABLE) as Asks[]) {
      it(`${how}, a cluster that asks for ${asks}`, async () => {
        await using world = await createWorld({ origin: 'https://id.example.com' })
        for (const signIn of Object.keys(SIGN_INS) as SignIn[]) {
          const [claims, now, later] = TABLE[asks][signIn]
          for (const [seconds, outcome] of [[0, now] as const, [301, later] as const]) {
            // A sign-in for this very request cannot be old.
            if (how === 'the code flow' && seconds > 0) continue
            await setPolicy(world, asks)
            const got = await way.go(world, signIn, asks, () => time.advance(seconds))
            assert.deepEqual(
              got,
              typeof outcome === 'number'
                ? { token: { ...claims, lives: outcome } }
                : { refusal: way.refused(outcome, asks) },
              `${signIn}, ${seconds} s ago`,
            )
          }
        }
      })
    }
  }
})
