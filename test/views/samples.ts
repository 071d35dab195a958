import type { Site, Words } from '../../views/index.ts'
import * as views from '../../views/index.ts'
import { linkSamples, ownSamples } from './link-samples.ts'

const now = Date.UTC(2026, 10, 24, 14, 2, 51)
const longName = 'build-agent-eu-central-1b-nightly-runner-with-a-long-name.internal.example.net'

/** Every page in every variant, each text passed through `t`. */
export function samples(
  t: (text: string) => string,
  words: Words = views.wordsOf('en'),
): Readonly<Record<string, string>> {
  const site: Site = {
    name: t('Lanyard'),
    host: t('id.example.com'),
    base: '',
    stylesheet: '/assets/lanyard.css',
    brandStylesheet: null,
    icon: '/assets/mark.svg',
    logo: null,
    passkeyScript: '/assets/passkey.js',
    copyScript: '/assets/copy.js',
    timesScript: '/assets/times.js',
    words,
  }
  const post = { action: t('/post'), csrf: t('token') }
  const cluster = {
    kind: 'cluster',
    name: t('prod-eu'),
    host: t('api.prod-eu.example.com:6443'),
  } as const
  const application = {
    kind: 'application',
    name: t('Argo CD'),
    host: t('argocd.example.com'),
  } as const
  const request = {
    ...post,
    username: t('ada'),
    target: cluster,
    deviceName: t('ada-thinkpad'),
    requestedAt: now - 40_000,
    now,
    groups: [t('platform'), t('developers')],
    lifetime: 12 * 3_600_000,
  }
  const device = {
    ...request,
    person: t('u1'),
    userCode: t('BKTR-FWXN'),
    requestAddress: t('203.0.113.24'),
    browserAddress: t('203.0.113.24'),
    distance: 'same-address',
  } as const
  const consent = {
    ...post,
    username: t('ada'),
    application: t('Argo CD'),
    returnsTo: t('argocd.example.com'),
    profile: { displayName: t('Ada Lovelace') },
    email: { address: t('ada@example.com'), verified: true },
    groups: [t('platform'), t('developers')],
    offline: true,
    switchPath: t('/interaction/x/sign-in'),
  }
  const setup = {
    ...post,
    setupCode: t('kd83-jd92'),
    username: t('ada'),
    issuer: t('https://id.example.com'),
    loopback: false,
    failure: null,
  }
  const passkey = { ...post, options: t('{"challenge":"x"}') }
  const signIn = { ...post, passkey, target: cluster, username: t('ada'), failure: null }
  const password = { ...post, username: t('ada'), reason: 'forced', failure: null } as const
  return {
    'sign-in': views.signInPage(site, { ...signIn, username: '' }),
    'sign-in-application': views.signInPage(site, { ...signIn, target: application }),
    'sign-in-kubectl': views.signInPage(site, { ...signIn, target: { kind: 'kubectl' } }),
    'sign-in-account': views.signInPage(site, { ...signIn, target: { kind: 'account' } }),
    'sign-in-error': views.signInPage(site, { ...signIn, failure: 'wrong' }),
    'sign-in-limited': views.signInPage(site, { ...signIn, failure: { waitMinutes: 2 } }),
    'sign-in-every-way': views.signInPage(site, {
      ...{ ...signIn, failure: { waitMinutes: 1, everyWay: true } },
    }),
    'sign-in-passkey': views.signInPage(site, { ...signIn, failure: 'passkey' }),
    'sign-in-expired': views.signInPage(site, { ...signIn, failure: 'expired' }),
    ...stepSamples(site, t),
    'password-forced': views.passwordPage(site, password),
    'password-wish': views.passwordPage(site, { ...password, reason: 'wish' }),
    'password-error': views.passwordPage(site, {
      ...password,
      failure: { kind: 'faults', faults: [t('Too short.'), t('Too common.')] },
    }),
    'password-current': views.passwordPage(site, {
      ...password,
      failure: { kind: 'current', waitMinutes: null },
    }),
    'password-limited': views.passwordPage(site, {
      ...password,
      failure: { kind: 'current', waitMinutes: 1 },
    }),
    'password-different': views.passwordPage(site, { ...password, failure: { kind: 'different' } }),
    'device-code': views.deviceCodePage(site, { ...post, failure: null }),
    'device-code-error': views.deviceCodePage(site, {
      ...post,
      failure: { kind: 'unknown', typed: t('BKTR-FWXM') },
    }),
    'device-code-limited': views.deviceCodePage(site, {
      ...post,
      failure: { kind: 'limited', waitMinutes: 10 },
    }),
    'device-confirm': views.deviceConfirmPage(site, device),
    'device-confirm-elsewhere': views.deviceConfirmPage(site, {
      ...device,
      deviceName: t(longName),
      requestAddress: t('2001:db8:85a3:8d3:1319:8a2e:370:7348'),
      distance: 'elsewhere',
      groups: [],
    }),
    'browser-confirm': views.browserConfirmPage(site, {
      ...request,
      target: { kind: 'kubectl' },
      switchPath: t('/interaction/x/sign-in'),
    }),
    'browser-confirm-application': views.browserConfirmPage(site, {
      ...request,
      target: application,
      switchPath: t('/interaction/x/sign-in'),
    }),
    consent: views.consentPage(site, consent),
    'consent-little': views.consentPage(site, {
      ...consent,
      profile: null,
      email: null,
      groups: [],
      offline: false,
    }),
    done: views.donePage(site, {
      username: t('ada'),
      deviceName: t('ada-thinkpad'),
      target: cluster,
      expiresAt: now + 12 * 3_600_000,
    }),
    refused: views.refusedPage(site, { by: { kind: 'person' }, reference: t('r-7f3k-9q2m') }),
    'refused-policy': views.refusedPage(site, {
      by: {
        kind: 'policy',
        sentence: t('bob is in none of the groups that may enter cluster "prod-eu".'),
      },
      reference: t('r-7f3k-9q2m'),
    }),
    'not-admitted': views.notAdmittedPage(site, {
      ...post,
      username: t('bob'),
      target: cluster,
      sentence: t('bob is in none of the groups that may enter cluster "prod-eu".'),
      reference: t('r-7f3k-9q2m'),
      switchPath: t('/interaction/x/sign-in'),
      lacksPasskey: false,
    }),
    'not-admitted-passkey': views.notAdmittedPage(site, {
      ...post,
      username: t('bob'),
      target: application,
      sentence: t('bob did not sign in with a passkey.'),
      reference: t('r-7f3k-9q2m'),
      switchPath: t('/interaction/x/sign-in'),
      lacksPasskey: true,
    }),
    'sign-out': views.signOutPage(site, {
      username: t('ada'),
      devices: 3,
      askedBy: null,
      target: { kind: 'ours', ...post },
    }),
    'sign-out-application': views.signOutPage(site, {
      username: null,
      devices: 0,
      askedBy: { name: t('Argo CD'), returnsTo: t('argocd.example.com') },
      target: {
        kind: 'engine',
        action: t('/session/end/confirm'),
        fields: { [t('xsrf')]: t('x') },
      },
    }),
    'signed-out': views.signedOutPage(site, { devicesRevoked: 1 }),
    error: views.errorPage(site, {
      title: t('This sign-in has expired'),
      sentence: t(
        'It was started more than 10 minutes ago, or it was already finished in another tab.',
      ),
      todo: t('Go back to your terminal and run the command again. Nothing was changed.'),
      code: t('ERR_INTERACTION_EXPIRED'),
      reference: t('r-7f3k-9q2m'),
      time: new Date(now),
    }),
    setup: views.setupPage(site, setup),
    'setup-loopback': views.setupPage(site, {
      ...setup,
      loopback: true,
      setupCode: '',
      username: '',
    }),
    'setup-code': views.setupPage(site, { ...setup, failure: { kind: 'code' } }),
    'setup-username': views.setupPage(site, {
      ...setup,
      failure: { kind: 'username', sentence: t('No.') },
    }),
    'setup-faults': views.setupPage(site, {
      ...setup,
      failure: { kind: 'faults', faults: [t('Too short.')] },
    }),
    ...linkSamples(site, t),
    ...ownSamples(site, t),
    ...signedInSamples({ ...site, brandStylesheet: t('/brand.css'), logo: t('/logo.png') }, t),
  }
}

/** What comes after a password, and instead of one. */
function stepSamples(site: Site, t: (text: string) => string): Record<string, string> {
  const post = { action: t('/post'), csrf: t('token') }
  const form = { ...post, options: t('{"challenge":"x"}') }
  const target = { kind: 'cluster', name: t('prod-eu') } as const
  const step = { ...post, username: t('ada'), target, switchPath: t('/sign-in') }
  const code = { ...step, oneTimeCode: true, passkeyPath: t('/passkey') }
  const other = { path: t('/code'), label: t('Password and one-time code') }
  const passkey = { ...step, ...form, step: 'again', onlyPasskey: false, failed: false } as const
  const enrol = { ...step, passkey: form, oneTimeCode: post, asks: 'two', failed: false } as const
  const leave = { path: t('/enrol'), label: t('Another way') }
  const setup = { ...post, username: t('ada'), again: post, leave }
  const shown = { secret: t('JBSWY3DPEHPK3PXP'), qr: { size: 41, path: t('M4 4.5h7m1 0h2') } }
  const kept = { username: t('ada'), codes: [t('abcd-efgh'), t('ijkl-mnop')] }
  return {
    code: views.codePage(site, { ...code, failure: null }),
    'code-wrong': views.codePage(site, { ...code, passkeyPath: null, failure: 'wrong' }),
    'code-limited': views.codePage(site, { ...code, failure: { waitMinutes: 1 } }),
    'code-recovery': views.codePage(site, { ...code, oneTimeCode: false, failure: 'wrong' }),
    passkey: views.passkeyPage(site, { ...passkey, other }),
    'passkey-failed': views.passkeyPage(site, { ...passkey, other, failed: true }),
    'passkey-only': views.passkeyPage(site, { ...passkey, other: null, onlyPasskey: true }),
    'recovery-used': views.recoveryUsedPage(site, { ...step, left: 6 }),
    'recovery-used-last': views.recoveryUsedPage(site, { ...step, left: 0 }),
    enrol: views.enrolPage(site, enrol),
    'enrol-passkey': views.enrolPage(site, { ...enrol, asks: 'passkey', oneTimeCode: null }),
    'enrol-failed': views.enrolPage(site, { ...enrol, failed: true }),
    'one-time-code': views.oneTimeCodePage(site, { ...setup, shown }),
    'one-time-code-wrong': views.oneTimeCodePage(site, { ...setup, shown: null }),
    'recovery-codes': views.recoveryCodesPage(site, { ...kept, kept: post }),
    'recovery-codes-account': views.recoveryCodesPage(site, {
      ...kept,
      kept: { path: t('/account') },
    }),
  }
}

function signedInSamples(site: Site, t: (text: string) => string): Record<string, string> {
  const account = {
    now,
    username: t('ada'),
    displayName: t('Ada Lovelace'),
    email: { address: t('ada@example.com'), verified: true },
    groups: [
      { name: t('platform'), via: null, endsAt: null },
      { name: t('developers'), via: t('platform'), endsAt: null },
    ],
    clusters: [t('prod-eu'), t('staging')],
    devices: [
      {
        id: t('d1'),
        name: t('ada-thinkpad'),
        client: t('kubectl, all clusters'),
        clusters: [t('prod-eu'), t('staging')],
        createdAt: now - 3_600_000,
        lastUsedAt: now - 120_000,
        address: t('203.0.113.24'),
        expiresAt: now + 11 * 3_600_000,
      },
      {
        id: t('d2'),
        name: t(longName),
        client: t('application Argo CD'),
        clusters: [],
        createdAt: now - 6 * 24 * 3_600_000,
        lastUsedAt: now - 5 * 24 * 3_600_000,
        address: t('2001:db8:85a3:8d3:1319:8a2e:370:7348'),
        expiresAt: now + 3 * 3_600_000,
      },
    ],
    tokens: [
      {
        id: t('t1'),
        name: t('backup job'),
        hint: t('x9Qa'),
        clusters: [t('prod-eu')],
        groups: [t('developers')],
        lastUsedAt: now - 3_600_000,
        expiresAt: now + 30 * 24 * 3_600_000,
      },
      {
        ...{ id: t('t2'), name: t(longName), hint: '', clusters: null, groups: null },
        ...{ lastUsedAt: null, expiresAt: now + 24 * 3_600_000 },
      },
    ],
    tokensAllowed: true,
    factors: {
      now,
      password: true,
      passkeys: [
        { id: t('p1'), name: t('blue key'), createdAt: now - 9_000_000, lastUsedAt: now - 60_000 },
      ],
      oneTimeCode: true,
      recoveryCodesLeft: 6,
    },
    activity: [
      {
        what: t('Signed in'),
        more: [],
        state: 'plain',
        at: now - 500,
        address: t('203.0.113.24'),
      },
      {
        what: t('Sign-in refused'),
        more: [t('3 times')],
        state: 'warn',
        at: now - 3_600_000,
        address: null,
      },
      {
        what: t('Refused a device'),
        more: [t('BKTR')],
        state: 'bad',
        at: now - 80 * 3_600_000,
        address: t('192.0.2.88'),
      },
    ],
    done: t('The device is revoked.'),
    csrf: t('token'),
    tokenLifetime: t('10 minutes'),
  } as const
  const kubectl = {
    username: t('ada'),
    issuer: t('https://id.example.com'),
    ownCa: true,
    clusters: [t('prod-eu'), t('staging')],
    cluster: {
      name: t('prod-eu'),
      server: t('https://api.prod-eu.example.com:6443'),
      audience: t('prod-eu'),
      seenAs: t('ada'),
      seenGroups: [t('platform'), t('developers')],
    },
  }
  return {
    account: views.accountPage(site, account),
    'account-empty': views.accountPage(site, {
      ...account,
      email: null,
      groups: [],
      clusters: [],
      devices: [],
      tokens: [],
      tokensAllowed: false,
      factors: { now, password: true, passkeys: [], oneTimeCode: false, recoveryCodesLeft: 0 },
      activity: [],
      done: null,
    }),
    'account-without-recovery': views.accountPage(site, {
      ...account,
      factors: { ...account.factors, recoveryCodesLeft: 0 },
    }),
    ...tokenPages(t, site),
    ...factorPages(t, site),
    kubectl: views.kubectlPage(site, kubectl),
    'kubectl-public-ca': views.kubectlPage(site, {
      ...kubectl,
      ownCa: false,
      clusters: [t('prod-eu')],
    }),
    'kubectl-none': views.noClusterPage(site, { username: t('ada') }),
  }
}

function tokenPages(t: (text: string) => string, site: views.Site): Record<string, string> {
  const form = {
    ...{ action: t('/account/tokens'), csrf: t('token'), username: t('ada') },
    ...{ name: t('backup job'), everyCluster: false },
    clusters: [{ name: t('prod-eu'), chosen: true }],
    groups: [{ name: t('developers'), chosen: false }],
    lifetimes: [{ seconds: 86_400, chosen: true }],
  }
  const made = { name: t('backup job'), value: t('lanyard_at_'), expiresAt: 0 }
  return {
    'token-new': views.newTokenPage(site, { ...form, failure: null }),
    'token-new-failed': views.newTokenPage(site, {
      ...{ ...form, everyCluster: true, groups: [] },
      failure: { kind: 'token', sentence: t('No cluster was named.'), todo: t('Name one.') },
    }),
    'token-new-wrong': views.newTokenPage(site, {
      ...{ ...form, failure: { kind: 'password', waitMinutes: null } },
    }),
    'token-new-limited': views.newTokenPage(site, {
      ...{ ...form, failure: { kind: 'password', waitMinutes: 2 } },
    }),
    'token-made': views.tokenMadePage(site, { ...made, clusters: [t('prod-eu')] }),
    'token-made-everywhere': views.tokenMadePage(site, { ...made, clusters: null }),
  }
}

function factorPages(t: (text: string) => string, site: views.Site): Record<string, string> {
  const post = { action: t('/post'), csrf: t('token') }
  const added = { ...post, options: t('{"challenge":"x"}'), username: t('ada'), name: t('key') }
  const passkey = {
    ...{ name: t('blue key'), createdAt: now, lastUsedAt: null, backedUp: true, now },
    ...{ rename: post, remove: post },
  }
  const codes = { username: t('ada'), begin: post, remove: post }
  return {
    'passkey-new': views.newPasskeyPage(site, { ...added, failure: null }),
    'passkey-new-refused': views.newPasskeyPage(site, { ...added, failure: 'refused' }),
    'passkey-new-known': views.newPasskeyPage(site, {
      ...{ ...added, failure: { sentence: t('This passkey was added already.') } },
    }),
    'passkey-one': views.onePasskeyPage(site, { ...passkey, failure: null }),
    'passkey-one-failed': views.onePasskeyPage(site, {
      ...{ ...passkey, lastUsedAt: now, backedUp: false },
      failure: { sentence: t('Name of a passkey is empty.') },
    }),
    'one-time-codes-off': views.codesPage(site, { ...codes, confirmed: false }),
    'one-time-codes-on': views.codesPage(site, { ...codes, confirmed: true }),
    'recovery-codes-new': views.newRecoveryCodesPage(site, {
      ...post,
      username: t('ada'),
      left: 1,
    }),
  }
}
