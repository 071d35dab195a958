import type { ActivityRow } from '../../views/index.ts'
import type { AuditEntry } from '../audit/index.ts'
import type { Subject } from '../directory/index.ts'
import type { Web } from './options.ts'

const MOST = 10

type Words = readonly [what: string, state: ActivityRow['state']]

const words: Readonly<Record<string, Words>> = {
  'access.refused': ['Was refused', 'warn'],
  'access_token.created': ['Made an access token', 'plain'],
  'access_token.revoked': ['Revoked an access token', 'plain'],
  'device.approved': ['Approved a device', 'plain'],
  'device.entered_cluster': ['Entered a cluster', 'plain'],
  'device.refused': ['Refused a device', 'bad'],
  'device.reuse_detected': ['A used token came back; its device was revoked', 'bad'],
  'device.revoked': ['A device was revoked', 'plain'],
  'device.signed_in': ['Signed in on a device', 'plain'],
  'factor.all_removed': ['An admin removed every passkey and code', 'warn'],
  'factor.one_time_code_added': ['Set up one-time codes', 'plain'],
  'factor.one_time_code_removed': ['Removed one-time codes', 'warn'],
  'factor.passkey_added': ['Added a passkey', 'plain'],
  'factor.passkey_removed': ['Removed a passkey', 'warn'],
  'factor.recovery_code_used': ['Used a recovery code', 'warn'],
  'factor.recovery_codes_made': ['Made new recovery codes', 'plain'],
  'group.member_added': ['A membership began', 'plain'],
  'group.member_removed': ['A membership ended', 'plain'],
  'session.ended': ['Signed out', 'plain'],
  'setup.completed': ['Became the first admin', 'plain'],
  'signin.refused': ['Sign-in refused', 'warn'],
  'user.added': ['The account was made', 'plain'],
  'user.changed': ['The profile was changed', 'plain'],
  'user.disabled': ['The account was disabled', 'warn'],
  'user.enabled': ['The account was enabled', 'plain'],
  'user.password_changed': ['Changed the password', 'plain'],
  'user.email_change_requested': ['Asked for another address', 'plain'],
  'user.email_changed': ['The address was changed', 'plain'],
  'user.password_reset': ['The password was set by a link', 'warn'],
  'user.password_set': ['An admin set the password', 'warn'],
  'user.reset_link_made': ['An admin made a link for a new password', 'warn'],
  'user.reset_requested': ['A link for a new password was asked for', 'warn'],
  'user.signed_in': ['Signed in', 'plain'],
}

/** What happened to this account lately, refusals by people who may be somebody else included. */
export async function activityOf(web: Web, subject: Subject): Promise<ActivityRow[]> {
  const entries = await web.audit.list({
    userId: subject.userId,
    account: subject.username,
    types: Object.keys(words),
    limit: MOST,
  })
  return entries.map((entry) => rowOf(entry, subject))
}

function rowOf(entry: AuditEntry, subject: Subject): ActivityRow {
  const [what, state] = words[entry.type] ?? [entry.type, 'plain']
  const more = [
    refusedBy(entry),
    typeof entry.detail['group'] === 'string' ? entry.detail['group'] : null,
    typeof entry.detail['passkey'] === 'string' ? entry.detail['passkey'] : null,
    entry.target !== null &&
    entry.target.id !== subject.userId &&
    entry.target.name !== subject.username
      ? entry.target.name
      : null,
    entry.count > 1 ? `${entry.count} times` : null,
    entry.actor.id !== null && entry.actor.id !== subject.userId
      ? `by ${entry.actor.name ?? 'an admin'}`
      : null,
  ].filter((part) => part !== null)
  return {
    what,
    state,
    more: more.length === 0 ? null : more.join(', '),
    at: entry.at,
    address: entry.address,
  }
}

/** The cluster or application that was not entered; an address is the plugin's own API. */
function refusedBy({ type, detail }: AuditEntry): string | null {
  const client = type === 'access.refused' ? detail['client'] : undefined
  return typeof client === 'string' && !client.includes('://') ? client : null
}
