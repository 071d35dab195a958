import type { KeyObject } from 'node:crypto'
import { compactVerify, createLocalJWKSet, type JWK } from 'jose'
import { errors, Provider } from 'oidc-provider'
import { type ClientDefinition, matchSecret } from '../clusters/index.ts'
import { type Clock, LanyardError } from '../errors/index.ts'
import type { EngineAccount } from './account.ts'
import { LOGOUT_TOKEN_TYPE } from './backchannel-delivery.ts'
import { applicationClaims, idTokenClaims } from './claims.ts'
import { type Admission, tokenEnd } from './context.ts'
import type { Devices, LoginState } from './devices.ts'
import { addressOf, byOf } from './engine-context.ts'
import { newJti } from './jti.ts'
import type { GroupsClaims } from './live/groups-claim.ts'
import { ignoreScopesWithoutMeaning } from './refresh-scope.ts'
import { successorOf } from './refresh-tokens.ts'
import type { RequestWrites } from './request-writes.ts'
import type { Signer } from './signer.ts'
import type { SigningAlg } from './types.ts'

export interface OverrideRooms {
  readonly clock: Clock
  readonly issuer: string
  readonly idTokenSeconds: number
  readonly signer: Signer
  readonly groupsClaims: GroupsClaims
  readonly devices: Devices
  readonly writes: RequestWrites
  /** A key object: making one from bytes costs as much as the HMAC itself. */
  readonly rotationKey: KeyObject
  readonly keysEver: () => readonly JWK[]
  readonly clientOf: (clientId: string) => ClientDefinition | undefined
}

type IdToken = InstanceType<Provider['IdToken']>
type Issue = IdToken['issue']

/**
 * Where the engine's configuration ends: its models are classes of one Provider, and these methods of theirs are replaced. Each
 * is named and used in oidc-provider's own lib/; look there first when its version changes.
 */
export function overrideEngine(provider: Provider, rooms: OverrideRooms): void {
  overrideIdToken(provider, rooms)
  overrideHint(provider, rooms)
  overrideRefreshToken(provider, rooms)
  ignoreScopesWithoutMeaning(provider)
  overrideSession(provider, rooms)
  provider.Client.prototype.compareClientSecret = function compare(actual: string): boolean {
    return matchSecret(this.clientSecret ?? null, actual)
  }
}

/** The claims come from the decision and not from the scopes asked, and the key that signs is the one that is active now. */
function overrideIdToken(provider: Provider, rooms: OverrideRooms): void {
  const { clock, issuer, signer, devices, writes } = rooms
  const original: Issue = provider.IdToken.prototype.issue
  const groupsOf = (admission: Admission, { id }: LoginState, exp: number) =>
    rooms.groupsClaims.claimFor(admission, { deviceId: id, exp })

  provider.IdToken.prototype.issue = async function issue(this: IdToken, options) {
    if (options.use !== 'idtoken') return original.call(this, options)
    const { oidc } = this.ctx
    const { decision } = oidc.entities.Account as EngineAccount
    if (decision.kind === 'refused') throw new errors.AccessDenied(decision.sentence)
    const { admission } = decision
    const { target } = admission
    const device = admission.device as LoginState | 'new'
    if (device === 'new') throw new TypeError('a token is minted for a device')
    const now = clock()
    const iat = Math.floor(now / 1000)
    const nonce = this.extra['nonce']
    const frame = {
      issuer,
      audience: this.client.clientId,
      jti: newJti(device.id),
      iat,
      exp: tokenEnd(iat + rooms.idTokenSeconds, admission, device),
      nonce: typeof nonce === 'string' ? nonce : undefined,
    }
    const scopes = (this as unknown as { scope: string }).scope
    const claims =
      target.kind === 'application'
        ? applicationClaims(admission, frame, new Set(scopes.split(' ')))
        : idTokenClaims(admission, frame, await groupsOf(admission, device, frame.exp))
    if (target.kind === 'cluster' && oidc.params?.['grant_type'] !== 'refresh_token') {
      const entry = { cluster: target, jti: frame.jti, by: byOf() }
      await writes.add('success', (tx) => devices.entered(tx, device, entry))
    }
    if (devices.isStale(device)) {
      const address = addressOf()
      await writes.add('success', (tx) => devices.touch(tx, device, address))
    }
    try {
      return await signer.sign(this.client.idTokenSignedResponseAlg as SigningAlg, claims)
    } catch (error) {
      if (!(error instanceof LanyardError)) throw error
      throw new errors.CustomOIDCProviderError('access_denied', error.message, { cause: error })
    }
  }
}

/**
 * OpenID Connect RP-Initiated Logout §4: a hint may be long expired, and so may outlive the key that signed it; the engine knows
 * only the keys that are published.
 */
function overrideHint(provider: Provider, { issuer, keysEver }: OverrideRooms): void {
  provider.IdToken.validate = async function validate(hint, client) {
    const keys = createLocalJWKSet({ keys: [...keysEver()] })
    const { payload: bytes, protectedHeader } = await compactVerify(hint, keys)
    const payload = JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>
    if (protectedHeader.typ === LOGOUT_TOKEN_TYPE) {
      throw new errors.InvalidRequest('a logout token is no id_token_hint')
    }
    if (payload['iss'] !== issuer || payload['aud'] !== client.clientId) {
      throw new errors.InvalidRequest('the id_token_hint is not of this client')
    }
    return { header: { ...protectedHeader }, payload }
  }
}

/** A rotated token's successor has one value, however often it is asked for within the grace. */
function overrideRefreshToken(provider: Provider, { rotationKey }: OverrideRooms): void {
  const prototype = provider.RefreshToken.prototype as unknown as { generateTokenId(): string }
  const original = prototype.generateTokenId
  prototype.generateTokenId = function generateTokenId(): string {
    const rotated = Provider.ctx?.oidc.entities.RotatedRefreshToken
    if (rotated === undefined) return original.call(this)
    return successorOf(rotationKey, rotated.jti)
  }
}

/** Signing out ends what applications hold; what a device holds lives on until the device is signed out. */
function overrideSession(provider: Provider, { clientOf }: OverrideRooms): void {
  const { prototype } = provider.Session
  const original = prototype.save
  prototype.save = function save(ttl: number): Promise<string> {
    for (const [clientId, state] of Object.entries(this.authorizations ?? {})) {
      if (clientOf(clientId)?.kind === 'application') delete state.persistsLogout
    }
    return original.call(this, ttl)
  }
}
