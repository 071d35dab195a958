import type { BehindView, Words } from '../../../views/index.ts'
import type { AuditQuery } from '../../audit/index.ts'
import { LanyardError } from '../../errors/index.ts'
import { machineOfJti } from '../../machines/index.ts'
import type { Web } from '../options.ts'

/** Who stands behind a credential, and what the record has of it. */
export interface Behind {
  readonly view: BehindView | null
  readonly filters: AuditQuery
}

/**
 * From what kube-apiserver's audit log has as credential-id (`JTI=…`, `X509SHA256=…`, `ACCESSTOKEN=…`), or a page as reference.
 * @throws LanyardError ERR_JTI_UNKNOWN
 */
export async function behindCredential(web: Web, words: Words, text: string): Promise<Behind> {
  const accessToken = /^ACCESSTOKEN=(.+)$/.exec(text)?.[1]
  if (accessToken !== undefined) return { view: null, filters: { target: accessToken } }
  const sha256 = /^(?:X509SHA256=)?([0-9a-f]{64})$/i.exec(text)?.[1]?.toLowerCase()
  if (sha256 !== undefined) return behindCertificate(web, words, sha256)
  const jti = /^(?:JTI=)?([\w-]+\.[\w-]+(?:\.[\w-]+)*)$/.exec(text)?.[1]
  if (jti === undefined) return { view: null, filters: { requestId: text } }
  if (machineOfJti(jti) !== undefined) return { view: null, filters: { jti } }
  return behindDevice(web, words, jti)
}

async function behindDevice(
  { issuer, directory }: Web,
  words: Words,
  jti: string,
): Promise<Behind> {
  const { t } = words
  const device = await issuer.devices.who(jti)
  if (device === undefined) {
    throw new LanyardError('ERR_JTI_UNKNOWN', `no device is behind the token "${jti}"`)
  }
  const user = await directory.users.byId(device.userId)
  const view: BehindView = {
    username: user?.username ?? null,
    facts: [
      ...(user === undefined ? [[t`Person`, t`deleted, ${device.userId}`] as const] : []),
      [t`Device`, device.name],
      [t`Client`, device.clientId],
      [t`Signed in`, t`${words.fullTime(device.authenticatedAt)} by ${device.amr.join(', ')}`],
      [t`From`, device.createdAddress ?? t`unknown`],
      [t`Last used`, words.fullTime(device.lastUsedAt)],
      device.revokedAt === null
        ? [t`Ends`, words.fullTime(device.expiresAt)]
        : [t`Revoked`, words.fullTime(device.revokedAt)],
    ],
  }
  return { view, filters: { jti } }
}

async function behindCertificate(web: Web, words: Words, sha256: string): Promise<Behind> {
  // An event is found by what happened to its target, whoever or whatever that is.
  const [signed] = await web.audit.list({
    ...{ userId: sha256, types: ['certificate.signed'], limit: 1 },
  })
  if (signed === undefined) {
    throw new LanyardError('ERR_JTI_UNKNOWN', `no certificate of Lanyard’s is "${sha256}"`)
  }
  const { deviceId } = signed
  if (deviceId === null) return { view: null, filters: { userId: sha256 } }
  // Any jti of that device: its first part is the device's id.
  const { view } = await behindDevice(web, words, `${deviceId}.${'0'.repeat(16)}`)
  return { view, filters: { deviceId } }
}
