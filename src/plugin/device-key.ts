import { webcrypto } from 'node:crypto'
import type { CryptoKey, CryptoKeyPair } from 'oauth4webapi'

const ES256 = { name: 'ECDSA', namedCurve: 'P-256' }

/** The private key of a login as it is saved, RFC 7518 §6.2. It never leaves this device. */
export interface DeviceKey {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly x: string
  readonly y: string
  readonly d: string
}

export async function createDeviceKey(): Promise<DeviceKey> {
  const pair = await webcrypto.subtle.generateKey(ES256, true, ['sign', 'verify'])
  const { x, y, d } = await webcrypto.subtle.exportKey('jwk', pair.privateKey)
  if (x === undefined || y === undefined || d === undefined) {
    throw new TypeError('an exported ES256 key has x, y and d')
  }
  return { kty: 'EC', crv: 'P-256', x, y, d }
}

/** The pair that signs DPoP proofs. Only its public half can be exported again: RFC 9449 §4.2 puts it into every proof. */
export async function importDeviceKey({ kty, crv, x, y, d }: DeviceKey): Promise<CryptoKeyPair> {
  const { subtle } = webcrypto
  const [privateKey, publicKey]: CryptoKey[] = await Promise.all([
    subtle.importKey('jwk', { kty, crv, x, y, d }, ES256, false, ['sign']),
    subtle.importKey('jwk', { kty, crv, x, y }, ES256, true, ['verify']),
  ])
  if (privateKey === undefined || publicKey === undefined) {
    throw new TypeError('two keys were imported')
  }
  return { privateKey, publicKey }
}
