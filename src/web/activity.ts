import {
  type ActivityRow,
  type Html,
  outsideText,
  type Part,
  type Words,
} from '../../views/index.ts'
import type { AuditEntry } from '../audit/index.ts'
import type { Subject } from '../directory/index.ts'
import type { Web } from './options.ts'

const MOST = 10

type Sentence = readonly [what: (words: Words) => Html, state: ActivityRow['state']]

const sentences: Readonly<Record<string, Sentence>> = {
  'access.refused': [({ t }) => t`Was refused`, 'warn'],
  'access_token.created': [({ t }) => t`Made an access token`, 'plain'],
  'access_token.revoked': [({ t }) => t`Revoked an access token`, 'plain'],
  'device.approved': [({ t }) => t`Approved a device`, 'plain'],
  'device.entered_cluster': [({ t }) => t`Entered a cluster`, 'plain'],
  'device.refused': [({ t }) => t`Refused a device`, 'bad'],
  'device.reuse_detected': [({ t }) => t`A used token came back; its device was revoked`, 'bad'],
  'device.revoked': [({ t }) => t`A device was revoked`, 'plain'],
  'device.signed_in': [({ t }) => t`Signed in on a device`, 'plain'],
  'factor.all_removed': [({ t }) => t`An admin removed every passkey and code`, 'warn'],
  'factor.one_time_code_added': [({ t }) => t`Set up one-time codes`, 'plain'],
  'factor.one_time_code_removed': [({ t }) => t`Removed one-time codes`, 'warn'],
  'factor.passkey_added': [({ t }) => t`Added a passkey`, 'plain'],
  'factor.passkey_removed': [({ t }) => t`Removed a passkey`, 'warn'],
  'factor.recovery_code_used': [({ t }) => t`Used a recovery code`, 'warn'],
  'factor.recovery_codes_made': [({ t }) => t`Made new recovery codes`, 'plain'],
  'group.member_added': [({ t }) => t`A membership began`, 'plain'],
  'group.member_removed': [({ t }) => t`A membership ended`, 'plain'],
  'session.ended': [({ t }) => t`Signed out`, 'plain'],
  'setup.completed': [({ t }) => t`Became the first admin`, 'plain'],
  'signin.refused': [({ t }) => t`Sign-in refused`, 'warn'],
  'user.added': [({ t }) => t`The account was made`, 'plain'],
  'user.changed': [({ t }) => t`The profile was changed`, 'plain'],
  'user.disabled': [({ t }) => t`The account was disabled`, 'warn'],
  'user.enabled': [({ t }) => t`The account was enabled`, 'plain'],
  'user.password_changed': [({ t }) => t`Changed the password`, 'plain'],
  'user.email_change_requested': [({ t }) => t`Asked for another address`, 'plain'],
  'user.email_changed': [({ t }) => t`The address was changed`, 'plain'],
  'user.password_reset': [({ t }) => t`The password was set by a link`, 'warn'],
  'user.password_set': [({ t }) => t`An admin set the password`, 'warn'],
  'user.reset_link_made': [({ t }) => t`An admin made a link for a new password`, 'warn'],
  'user.reset_requested': [({ t }) => t`A link for a new password was asked for`, 'warn'],
  'user.signed_in': [({ t }) => t`Signed in`, 'plain'],
}

/** What happened to this account lately, refusals by people who may be somebody else included. */
export async function activityOf(web: Web, words: Words, subject: Subject): Promise<ActivityRow[]> {
  const entries = await web.audit.list({
    userId: subject.userId,
    account: subject.username,
    types: Object.keys(sentences),
    limit: MOST,
  })
  return entries.map((entry) => rowOf(words, entry, subject))
}

function rowOf(words: Words, entry: AuditEntry, subject: Subject): ActivityRow {
  const [what, state] = sentences[entry.type] ?? [() => entry.type, 'plain']
  return {
    what: what(words),
    state,
    more: [...namesIn(entry, subject).map(outsideText), ...aboutOf(words, entry, subject)],
    at: entry.at,
    address: entry.address,
  }
}

/** What it was about, as that is called. */
function namesIn(entry: AuditEntry, subject: Subject): string[] {
  const { group, passkey } = entry.detail
  const { target } = entry
  const other =
    target !== null && target.id !== subject.userId && target.name !== subject.username
      ? target.name
      : null
  return [refusedBy(entry), group, passkey, other].filter((name) => typeof name === 'string')
}

function aboutOf({ t }: Words, { count, actor }: AuditEntry, subject: Subject): Part[] {
  const isOther = actor.id !== null && actor.id !== subject.userId
  const by = actor.name === null ? t`by an admin` : t`by ${actor.name}`
  return [...(count > 1 ? [t`${count} times`] : []), ...(isOther ? [by] : [])]
}

/** The cluster or application that was not entered; an address is the plugin's own API. */
function refusedBy({ type, detail }: AuditEntry): string | null {
  const client = type === 'access.refused' ? detail['client'] : undefined
  return typeof client === 'string' && !client.includes('://') ? client : null
}
