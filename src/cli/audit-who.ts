import { LanyardError, type UserId } from '../errors/index.ts'
import { machineOfJti } from '../machines/index.ts'
import type { Rooms } from './rooms.ts'
import { auditEntryShape, deviceShape, rfc3339, type Shape, userShape } from './shapes.ts'
import { type Answer, facts } from './tell.ts'

const nobody: Shape<'Who'> = {
  ...{ device: null, user: null, signIn: null, accessToken: null, machine: null, entry: null },
}

/** Who stands behind a credential-id as kube-apiserver writes it: `JTI=…`, `X509SHA256=…` or `ACCESSTOKEN=…`. */
export async function showWho(rooms: Rooms, credential: string): Promise<Answer> {
  const accessToken = /^ACCESSTOKEN=(.+)$/.exec(credential)?.[1]
  if (accessToken !== undefined) return whoseToken(rooms, accessToken)
  const jti = (await jtiOfCertificate(rooms, credential)) ?? credential.replace(/^JTI=/, '')
  const machine = machineOfJti(jti)
  return machine === undefined ? whoseDevice(rooms, jti) : whichMachine(rooms, jti, machine)
}

async function whoseDevice(rooms: Rooms, jti: string): Promise<Answer> {
  const device = await (await rooms.issuer()).devices.who(jti)
  if (device === undefined) {
    throw unknown(
      `no device is behind the token "${jti}"`,
      'pass the jti, or the credential-id from a line of the audit log of kube-apiserver',
    )
  }
  const user = await rooms.directory.users.byId(device.userId)
  const [signIn] = await rooms.audit.list({
    deviceId: device.id,
    types: ['device.signed_in'],
    limit: 1,
  })
  return {
    json: {
      ...nobody,
      device: deviceShape(device),
      user: user === undefined ? null : userShape(user),
      signIn: signIn === undefined ? null : auditEntryShape(signIn),
    },
    text: facts([
      ['person', personOf(user, signIn?.actor.name)],
      ['user id', device.userId],
      ['device', `${device.name} (${device.id})`],
      ['client', device.clientId],
      ['signed in', `${rfc3339(device.authenticatedAt)} by ${device.amr.join(', ')}`],
      ['from', device.createdAddress],
      ['last used', rfc3339(device.lastUsedAt)],
      ['expires', rfc3339(device.expiresAt)],
      ['revoked', device.revokedAt === null ? null : rfc3339(device.revokedAt)],
      ['audit entry', signIn?.id ?? null],
    ]),
  }
}

/** The record alone answers: a token that is gone has left no other trace. */
async function whoseToken(rooms: Rooms, id: string): Promise<Answer> {
  const entries = await rooms.audit.list({ target: id, limit: 1000 })
  const made = entries.find(({ type }) => /^access_token\.(?:created|imported)$/.test(type))
  if (made === undefined) {
    throw unknown(`no access token has the id "${id}"`, 'lanyard token list shows the living ones')
  }
  const revoked = entries.find(({ type }) => type === 'access_token.revoked')
  const userId = String(made.detail['user'])
  const user = await rooms.directory.users.byId(userId as UserId)
  return {
    json: {
      ...nobody,
      user: user === undefined ? null : userShape(user),
      accessToken: { id, name: made.target?.name ?? '' },
      entry: auditEntryShape(made),
    },
    text: facts([
      ['person', personOf(user, made.actor.id === userId ? made.actor.name : undefined)],
      ['user id', userId],
      ['access token', `${made.target?.name ?? ''} (${id})`],
      ['made', `${rfc3339(made.at)} by ${made.actor.name ?? made.actor.kind}`],
      ['from', made.address],
      ['expires', String(made.detail['expires'] ?? '')],
      ['revoked', revoked === undefined ? null : rfc3339(revoked.at)],
      ['audit entry', made.id],
    ]),
  }
}

async function whichMachine(rooms: Rooms, jti: string, id: string): Promise<Answer> {
  const [exact] = await rooms.audit.list({ jti, types: ['machine.entered'], limit: 1 })
  const [latest] = await rooms.audit.list({ target: id, types: ['machine.entered'], limit: 1 })
  const entry = exact ?? latest
  if (entry === undefined) {
    throw unknown(`no machine is behind the token "${jti}"`, 'lanyard machine rule list')
  }
  const detail = (name: string) => String(entry.detail[name] ?? '')
  return {
    json: {
      ...nobody,
      machine: { id, name: entry.target?.name ?? id },
      entry: auditEntryShape(entry),
    },
    text: facts([
      ['machine', `${entry.target?.name ?? ''} (${id})`],
      ['rule', detail('rule')],
      ['application', detail('application')],
      ['issuer', detail('issuer')],
      ['subject', detail('subject')],
      ['cluster', detail('cluster')],
      [exact === undefined ? 'last entered' : 'entered', rfc3339(entry.at)],
      ['from', entry.address],
      ['audit entry', entry.id],
    ]),
    notes:
      exact === undefined ? ['no entry names this token: this is the last of its machine'] : [],
  }
}

/** The device behind a client certificate, as the start of a jti; undefined for what is none of Lanyard's. */
async function jtiOfCertificate(rooms: Rooms, credential: string): Promise<string | undefined> {
  const sha256 = /^(?:X509SHA256=)?([0-9a-f]{64})$/i.exec(credential)?.[1]?.toLowerCase()
  if (sha256 === undefined) return undefined
  const [signed] = await rooms.audit.list({
    ...{ target: sha256, types: ['certificate.signed'], limit: 1 },
  })
  return signed?.deviceId === undefined || signed.deviceId === null
    ? undefined
    : // Any jti of that device: the first part is its id.
      `${signed.deviceId}.${'0'.repeat(16)}`
}

function personOf(
  user: { readonly username: string; readonly displayName: string } | undefined,
  recorded: string | null | undefined,
): string {
  if (user !== undefined) return `${user.username} (${user.displayName})`
  return `${recorded ?? 'unknown'} (deleted)`
}

function unknown(sentence: string, hint: string): LanyardError {
  return new LanyardError('ERR_JTI_UNKNOWN', sentence, { hint })
}

/** Of `--jti`: the filters of the record for a credential-id. */
export async function filtersOf(
  rooms: Rooms,
  credential: string,
): Promise<{ jti: string } | { target: string }> {
  const accessToken = /^ACCESSTOKEN=(.+)$/.exec(credential)?.[1]
  if (accessToken !== undefined) return { target: accessToken }
  const certificate = await jtiOfCertificate(rooms, credential)
  return { jti: certificate ?? credential.replace(/^JTI=/, '') }
}
