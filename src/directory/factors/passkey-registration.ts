import type {
  PublicKeyCredentialCreationOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'
import { recordEvent } from '../../audit/index.ts'
import { type By, LanyardError, type UserId } from '../../errors/index.ts'
import type { Context } from '../context.ts'
import { getUserById, targetOf } from '../user-rows.ts'
import {
  CHALLENGE_MS,
  isGenuine,
  makeChallenge,
  type Purpose,
  spendChallenge,
} from './challenge.ts'
import { cleanName, handleOf, selectPasskeys, toDescriptor, toPasskey } from './passkey-rows.ts'
import type { Passkey, Passkeys } from './types.ts'

const MOST_PASSKEYS = 20
/** EdDSA, ES256 and RS256 as COSE numbers them (RFC 9053 §2): what authenticators have. */
const ALGORITHMS = [-8, -7, -257]
/** WebAuthn §7.1: ids are at most 1,023 bytes long. */
const LONGEST_ID = 1_364
const MOST_TRANSPORTS = 8

export async function registrationOptions(
  { store, clock, factorKeys, issuerHost, brandName }: Context,
  userId: UserId,
  binding: string,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const { username, displayName } = await getUserById(store.query, userId)
  const own = await store.all(selectPasskeys, { userId })
  const { generateRegistrationOptions } = await import('@simplewebauthn/server')
  return generateRegistrationOptions({
    rpName: brandName,
    rpID: issuerHost,
    userName: username,
    userDisplayName: displayName,
    userID: handleOf(userId),
    challenge: makeChallenge(factorKeys.challenges, purposeOf(userId, binding), clock()),
    timeout: CHALLENGE_MS,
    attestationType: 'none',
    excludeCredentials: own.map(toDescriptor),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    supportedAlgorithmIDs: ALGORITHMS,
  })
}

export async function register(
  context: Context,
  { userId, binding, name, response }: Parameters<Passkeys['register']>[0],
  by: By,
): Promise<Passkey> {
  const made = await verify(context, purposeOf(userId, binding), response).catch(refuse)
  const { store, clock } = context
  return store.write(async (tx) => {
    const user = await getUserById(tx.query, userId)
    if (user.status !== 'active' || !(await spendChallenge(tx, made.challenge))) {
      refuse(new TypeError('the challenge was answered before'))
    }
    const own = await tx.all(selectPasskeys, { userId })
    if (own.length >= MOST_PASSKEYS) {
      throw new LanyardError(
        'ERR_FACTORS_MANY',
        `an account has at most ${MOST_PASSKEYS} passkeys`,
        {
          hint: 'remove one that is not used any more',
        },
      )
    }
    const row = {
      id: made.id,
      name: cleanName(name) || 'Passkey',
      backed_up: made.backedUp ? 1 : 0,
      created_at: clock(),
      last_used_at: null,
    }
    const { numInsertedOrUpdatedRows } = await tx.query
      .insertInto('passkeys')
      .values({ ...row, user_id: userId, ...made.key })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirst()
    if (numInsertedOrUpdatedRows === 0n) {
      throw new LanyardError('ERR_PASSKEY_EXISTS', 'this passkey was added already')
    }
    await recordEvent(tx, clock, {
      type: 'factor.passkey_added',
      by,
      target: targetOf(user),
      detail: { passkey: row.name, backedUp: made.backedUp },
    })
    return toPasskey(row)
  })
}

interface Made {
  readonly id: string
  readonly key: {
    readonly public_key: string
    readonly counter: number
    readonly transports: string
  }
  readonly backedUp: boolean
  readonly challenge: string
}

/** WebAuthn §7.1. */
async function verify(
  { clock, factorKeys, issuerHost, issuerOrigin }: Context,
  purpose: Purpose,
  response: RegistrationResponseJSON,
): Promise<Made> {
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
  let answered = ''
  const { verified, registrationInfo } = await verifyRegistrationResponse({
    response: await withoutAttestation(response),
    expectedChallenge: (challenge) => {
      answered = challenge
      return isGenuine(factorKeys.challenges, purpose, challenge, clock())
    },
    expectedOrigin: issuerOrigin,
    expectedRPID: issuerHost,
    requireUserVerification: true,
    supportedAlgorithmIDs: ALGORITHMS,
  })
  if (!verified) throw new TypeError('the attestation is not verified')
  const { credential, credentialBackedUp } = registrationInfo
  if (credential.id !== response.id || credential.id.length > LONGEST_ID) {
    throw new TypeError('the id is not that of the credential')
  }
  const transports = transportsOf(response)
  return {
    id: credential.id,
    key: {
      public_key: Buffer.from(credential.publicKey).toString('base64url'),
      counter: credential.counter,
      transports: transports.join(' '),
    },
    backedUp: credentialBackedUp,
    challenge: answered,
  }
}

/**
 * None is asked for, so whatever comes is not looked at (§5.4.7): no certificate that a visitor made is parsed, and no address in one is
 * ever asked. An answer in a frame of another site is refused.
 */
async function withoutAttestation(
  response: RegistrationResponseJSON,
): Promise<RegistrationResponseJSON> {
  const { decodeAttestationObject, decodeClientDataJSON, isoBase64URL, isoCBOR } = await import(
    '@simplewebauthn/server/helpers'
  )
  const { clientDataJSON, attestationObject } = response.response
  if (decodeClientDataJSON(clientDataJSON).crossOrigin === true) {
    throw new TypeError('the page was in a frame of another site')
  }
  const authData = decodeAttestationObject(isoBase64URL.toBuffer(attestationObject)).get('authData')
  const bare = isoCBOR.encode(
    new Map<string, string | Uint8Array | Map<string, string>>()
      .set('fmt', 'none')
      .set('attStmt', new Map())
      .set('authData', authData),
  )
  return {
    ...response,
    response: { ...response.response, attestationObject: isoBase64URL.fromBuffer(bare) },
  }
}

/** Hints for a browser later on, and a visitor's words until then. */
function transportsOf({ response }: RegistrationResponseJSON): string[] {
  const said: readonly unknown[] = Array.isArray(response.transports) ? response.transports : []
  return said
    .filter((each) => typeof each === 'string')
    .filter((each) => /^[a-z-]{1,20}$/.test(each))
    .slice(0, MOST_TRANSPORTS)
}

function purposeOf(userId: UserId, binding: string): Purpose {
  return { act: 'register', userId, binding }
}

function refuse(cause: unknown): never {
  throw new LanyardError('ERR_PASSKEY', 'this passkey could not be checked, so it was not added', {
    hint: 'begin again on this page, and unlock the passkey by PIN, fingerprint or face when asked',
    cause,
  })
}
