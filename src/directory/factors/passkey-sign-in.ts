import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server'
import { prepare, type Reader, type Transaction } from '../../../db/index.ts'
import type { UserId } from '../../errors/index.ts'
import { type Attempt, beginNetworkAttempt, refund } from '../attempt.ts'
import type { Context } from '../context.ts'
import {
  CHALLENGE_MS,
  isGenuine,
  makeChallenge,
  type Purpose,
  spendChallenge,
} from './challenge.ts'
import {
  countUse,
  handleOf,
  type PasskeyUse,
  selectPasskeys,
  toDescriptor,
} from './passkey-rows.ts'
import { answer } from './trial.ts'
import type { FactorResult, Passkeys } from './types.ts'

const selectCredential = prepare<{ id: string }>()((db, param) =>
  db
    .selectFrom('passkeys')
    .innerJoin('users', 'users.id', 'passkeys.user_id')
    .select([
      'passkeys.id',
      'passkeys.user_id',
      'passkeys.public_key',
      'passkeys.counter',
      'users.username',
      'users.status',
    ])
    .where('passkeys.id', '=', param('id')),
)

interface Credential {
  readonly id: string
  readonly user_id: string
  readonly public_key: string
  readonly counter: number
  readonly username: string
}

export async function signInOptions(
  { store, clock, factorKeys, issuerHost }: Context,
  userId: UserId | null,
  binding: string,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const own = userId === null ? null : await store.all(selectPasskeys, { userId })
  const { generateAuthenticationOptions } = await import('@simplewebauthn/server')
  return generateAuthenticationOptions({
    rpID: issuerHost,
    challenge: makeChallenge(factorKeys.challenges, purposeOf(userId, binding), clock()),
    timeout: CHALLENGE_MS,
    userVerification: 'required',
    ...(own === null ? {} : { allowCredentials: own.map(toDescriptor) }),
  })
}

/** Nobody can guess a signature: whoever hammers an account does not keep its passkeys out. */
export async function verifyPasskey(
  context: Context,
  { userId, binding, response, address, requestId = null }: Parameters<Passkeys['verify']>[0],
): Promise<FactorResult> {
  const { store } = context
  const counted = await store.write((tx) => beginNetworkAttempt(tx, context, address))
  const { waitMs } = counted
  const credential = waitMs === null ? await findCredential(store, response) : undefined
  const use =
    credential === undefined
      ? null
      : await checkAssertion(context, credential, { userId, binding, response })
  const signedIn = use !== null && (await store.write((tx) => spend(tx, context, use, counted)))
  return answer(context, 'passkey', {
    userId: signedIn ? use.userId : null,
    username: credential?.username,
    ...{ waitMs, address, requestId },
  })
}

async function findCredential(
  store: Reader,
  response: AuthenticationResponseJSON,
): Promise<Credential | undefined> {
  const id: unknown = response.id
  return typeof id === 'string' ? store.first(selectCredential, { id }) : undefined
}

/** Everything that may have changed since the signature was looked at is asked again where it counts. */
async function spend(
  tx: Transaction,
  { clock }: Context,
  use: Use,
  counted: Attempt,
): Promise<boolean> {
  const now = await tx.first(selectCredential, { id: use.id })
  if (now?.status !== 'active' || now.public_key !== use.publicKey) return false
  if (!(await spendChallenge(tx, use.challenge))) return false
  if (!(await countUse(tx, use, clock()))) return false
  await refund(tx, counted)
  return true
}

/** WebAuthn §7.2 step 6: the credential is of whoever was named before, and of whom its authenticator names. */
function isOwn(
  { user_id: owner }: Credential,
  userId: UserId | null,
  { response }: AuthenticationResponseJSON,
): boolean {
  if (userId !== null && owner !== userId) return false
  const handle = response.userHandle
  if (handle === undefined) return userId !== null
  return handle === Buffer.from(handleOf(owner as UserId)).toString('base64url')
}

interface Use extends PasskeyUse {
  readonly publicKey: string
  readonly challenge: string
}

/** WebAuthn §7.2. Null for whatever is wrong with it: nobody is told what. */
async function checkAssertion(
  { clock, factorKeys, issuerHost, issuerOrigin }: Context,
  credential: Credential,
  {
    userId,
    binding,
    response,
  }: Pick<Parameters<Passkeys['verify']>[0], 'userId' | 'binding' | 'response'>,
): Promise<Use | null> {
  const purpose = purposeOf(userId, binding)
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
  const { decodeClientDataJSON } = await import('@simplewebauthn/server/helpers')
  let challenge = ''
  try {
    if (!isOwn(credential, userId, response)) return null
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: (answered) => {
        challenge = answered
        return isGenuine(factorKeys.challenges, purpose, answered, clock())
      },
      expectedOrigin: issuerOrigin,
      expectedRPID: issuerHost,
      requireUserVerification: true,
      credential: {
        id: credential.id,
        publicKey: new Uint8Array(Buffer.from(credential.public_key, 'base64url')),
        counter: credential.counter,
      },
    })
    // In a frame of another site nobody sees what they agree to.
    if (decodeClientDataJSON(response.response.clientDataJSON).crossOrigin === true) return null
    if (!verified) return null
    return {
      id: credential.id,
      userId: credential.user_id as UserId,
      counter: authenticationInfo.newCounter,
      backedUp: authenticationInfo.credentialBackedUp,
      publicKey: credential.public_key,
      challenge,
    }
  } catch {
    return null
  }
}

function purposeOf(userId: UserId | null, binding: string): Purpose {
  return { act: 'sign in', userId, binding }
}
