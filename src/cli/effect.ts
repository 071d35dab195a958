import type { AuditEntry } from '../audit/index.ts'
import { MAX_LIFETIME_SECONDS } from '../certificates/index.ts'
import type { Cluster } from '../clusters/index.ts'
import type { Rooms } from './rooms.ts'
import { rfc3339 } from './shapes.ts'

/** More names than these help nobody. */
const MAX_NAMES = 5
/** Enough to name the last end of each cluster: a person fetches one per cluster and ten minutes. */
const MAX_CERTIFICATES = 1_000

/**
 * When clusters notice what a command has just taken away: notes for people, none where there is no cluster. `concerns` says which of
 * the client certificates that still live the command is about.
 */
export async function whenItIsInEffect(
  rooms: Rooms,
  concerns: (signed: AuditEntry) => boolean = () => true,
): Promise<string[]> {
  const clusters = await rooms.clusters.list()
  const live = clusters.filter(({ liveGroups }) => liveGroups)
  const embedded = clusters.filter(({ liveGroups }) => !liveGroups)
  const minutes = Math.ceil(rooms.config.lifetimes.idToken / 60)
  return [
    ...(live.length === 0 ? [] : [`new requests to ${namesOf(live)} notice within 10 seconds`]),
    ...(embedded.length === 0
      ? []
      : [
          `${namesOf(embedded)} believe${embedded.length === 1 ? 's' : ''} tokens until they expire: at most ${minutes} minutes`,
        ]),
  ]
    .map((sentence) => `hint: ${sentence}`)
    .concat(await livingCertificates(rooms, concerns))
}

/** Access tokens are no logins: said where somebody thinks that every way in of a person has ended. */
export async function livingTokens(
  { directory, accessTokens }: Rooms,
  username: string,
  disabled: boolean,
): Promise<string[]> {
  const { id, username: name } = await directory.users.get(username)
  const { length } = await accessTokens.list({ userId: id })
  if (length === 0) return []
  const what = `${name} has ${length} access token${length === 1 ? '' : 's'}`
  return [
    disabled
      ? `hint: ${what}, refused until ${name} is enabled again; lanyard token revoke ends one for ever`
      : `warning: ${what} that no logout ends: lanyard token list --user ${name}`,
  ]
}

/** Nobody can take a client certificate back: said where somebody thinks that access is gone. */
async function livingCertificates(
  rooms: Rooms,
  concerns: (signed: AuditEntry) => boolean,
): Promise<string[]> {
  const now = rooms.clock()
  const signed = await rooms.audit.list({
    ...{ types: ['certificate.signed'], sinceMs: now - MAX_LIFETIME_SECONDS * 1000 },
    limit: MAX_CERTIFICATES,
  })
  const last = new Map<string, number>()
  for (const { target, detail } of signed.filter(concerns)) {
    const until = Date.parse(String(detail['until']))
    const name = target?.name ?? ''
    if (until > now) last.set(name, Math.max(until, last.get(name) ?? 0))
  }
  return [...last].map(
    ([name, until]) =>
      `warning: a client certificate for ${name} is good until ${rfc3339(until)}, and nobody can take it back: to be sure, remove the RBAC binding there`,
  )
}

function namesOf(clusters: readonly Cluster[]): string {
  const names = clusters.slice(0, MAX_NAMES).map(({ name }) => name)
  const more = clusters.length - names.length
  return more === 0 ? names.join(', ') : `${names.join(', ')} and ${more} more`
}
