import { html } from '../../views/html.ts'
import type { Site } from '../../views/index.ts'
import * as views from '../../views/index.ts'

const now = Date.UTC(2026, 10, 24, 14, 2, 51)

type Text = (text: string) => string

/** What links lead to, and what stands around a sign-in. */
export function linkSamples(site: Site, t: Text): Record<string, string> {
  const post = { action: t('/post'), csrf: t('token') }
  const invitation = {
    ...{ ...post, invitedBy: t('root'), name: t('Grace'), username: t('grace') },
    ...{ clusters: [t('prod-eu'), t('staging')], choosesUsername: false },
    ...{ email: t('grace@example.com'), expiresAt: now, failure: null },
  }
  const email = { ...post, username: t('ada'), email: t('new@example.com') }
  const reset = { ...post, username: t('ada'), failure: null }
  return {
    language: views.languagePage(site, { ...post, from: t('/device') }),
    invitation: views.invitationPage(site, invitation),
    'invitation-anybody': views.invitationPage(site, {
      ...{ ...invitation, name: null, clusters: [], choosesUsername: true, email: null },
      failure: { kind: 'username', sentence: t('No.') },
    }),
    'invitation-one-cluster': views.invitationPage(site, {
      ...{ ...invitation, clusters: [t('prod-eu')] },
      failure: { kind: 'different' },
    }),
    forgotten: views.forgottenPage(site, reset),
    'forgotten-limited': views.forgottenPage(site, { ...reset, failure: { waitMinutes: 3 } }),
    'link-sent': views.linkSentPage(site),
    reset: views.resetPage(site, reset),
    'reset-faults': views.resetPage(site, {
      ...{ ...reset, failure: { kind: 'faults', faults: [t('Too short.')] } },
    }),
    'reset-done': views.resetDonePage(site, { revoked: true }),
    'reset-done-kept': views.resetDonePage(site, { revoked: false }),
    'email-new': views.emailConfirmPage(site, { ...email, side: 'new' }),
    'email-old': views.emailConfirmPage(site, { ...email, side: 'old' }),
    'email-changed': views.emailConfirmedPage(site, { changed: true }),
    'email-half': views.emailConfirmedPage(site, { changed: false }),
  }
}

/** People's own pages beside the account. */
export function ownSamples(site: Site, t: Text): Record<string, string> {
  const post = { action: t('/post'), csrf: t('token') }
  const pending = { email: t('new@example.com'), newProved: false, oldProved: false }
  const change = {
    ...{ ...post, value: t('x'), error: null, asksPassword: true },
    pending: { ...pending, expiresAt: now, cancel: post },
  }
  const profile = {
    username: t('ada'),
    displayName: { ...post, value: t('Ada'), error: null },
    email: { address: t('ada@example.com'), verified: true },
    ...{ change, done: t('Done.') },
  }
  const proof = {
    ...{ ...post, options: t('{"challenge":"x"}'), fields: new Map([[t('a'), t('b')]]) },
    ...{ act: { verb: t('put'), sentence: html`${t('put ada into x')}` }, cancelPath: t('/back') },
  }
  return {
    profile: views.profilePage(site, profile),
    'profile-failed': views.profilePage(site, {
      ...profile,
      email: { address: t('ada@example.com'), verified: false },
      change: { ...change, pending: null, error: { field: 'email', sentence: t('No.') } },
    }),
    'profile-half': views.profilePage(site, {
      ...profile,
      change: { ...change, pending: { ...change.pending, newProved: true } },
    }),
    'profile-without-mail': views.profilePage(site, { ...profile, email: null, change: null }),
    'passkey-proof': views.passkeyProofPage(site, { ...proof, enrolPath: null, failed: true }),
    'passkey-proof-none': views.passkeyProofPage(site, {
      ...{ ...proof, enrolPath: t('/account/passkeys/new'), failed: false },
    }),
    ...requestSamples(site, t),
  }
}

function requestSamples(site: Site, t: Text): Record<string, string> {
  const row = {
    ...{ id: t('r1'), group: t('prod-admins'), username: t('grace'), reason: t('a release') },
    ...{ seconds: 3_600, createdAt: now - 60_000, decidedBy: null, endsAt: null },
    state: 'waiting',
  } as const
  const states = ['waiting', 'expired', 'approved', 'ended', 'refused', 'withdrawn'] as const
  const mine = states.map((state, index) => ({
    ...{ ...row, id: t(`r${index}`), state, decidedBy: t('root'), endsAt: now + 60_000 },
  }))
  const requests = {
    ...{ now, username: t('ada'), admin: true, csrf: t('token'), done: t('Approved.') },
    ...{ failure: t('No.'), typed: { group: t('prod-admins'), seconds: 3_600, reason: t('x') } },
    groups: [
      { name: t('prod-admins'), description: t('Production'), longestSeconds: 7_200 },
      { name: t('dba'), description: '', longestSeconds: 3_600 },
    ],
    ...{ mine, waiting: [row], owned: [t('dba')] },
  }
  return {
    requests: views.membershipRequestsPage(site, requests),
    'requests-empty': views.membershipRequestsPage(site, {
      ...{ ...requests, done: null, failure: null, groups: [], mine: [], waiting: [], owned: [] },
    }),
  }
}
