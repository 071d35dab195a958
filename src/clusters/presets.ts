import { LanyardError } from '../errors/index.ts'
import { quoteName } from '../kubernetes/index.ts'
import type { NewApplication } from './types.ts'

export const presetNames = ['argocd', 'grafana', 'headlamp', 'oauth2-proxy'] as const
export type PresetName = (typeof presetNames)[number]

/** A piece of an application's own configuration, to be pasted as it is. */
export interface PresetSetting {
  /** Which file or object of theirs, in their words. */
  readonly where: string
  readonly text: string
}

export interface PresetFacts {
  /** Where people open the application; no trailing slash. */
  readonly url: string
  readonly issuer: string
  readonly clientId: string
  /** Null for a public client. */
  readonly secret: string | null
  /** PEM of the CA of the issuer's certificate; null where the application's system trusts it. */
  readonly certificateAuthority: string | null
}

interface Preset {
  register(url: string): Pick<NewApplication, 'redirectUris' | 'postLogoutRedirectUris' | 'public'>
  settings(facts: PresetFacts): readonly PresetSetting[]
}

/** From each application's own documentation of OpenID Connect. */
const presets: Readonly<Record<PresetName, Preset>> = {
  argocd: {
    // The web page, and `argocd login --sso`; without a secret, because that command has none.
    register: (url) => ({
      redirectUris: [
        `${url}/auth/callback`,
        `${url}/pkce/verify`,
        'http://localhost:8085/auth/callback',
      ],
      postLogoutRedirectUris: [url],
      public: true,
    }),
    settings: argocdSettings,
  },
  grafana: {
    register: (url) => ({
      redirectUris: [`${url}/login/generic_oauth`],
      postLogoutRedirectUris: [`${url}/login`],
    }),
    settings: grafanaSettings,
  },
  headlamp: {
    register: (url) => ({ redirectUris: [`${url}/oidc-callback`] }),
    settings: headlampSettings,
  },
  'oauth2-proxy': {
    register: (url) => ({
      redirectUris: [`${url}/oauth2/callback`],
      postLogoutRedirectUris: [`${url}/`],
    }),
    settings: oauth2ProxySettings,
  },
}

/** How the application registers. Throws ERR_URL_INVALID. */
export function presetRegistration(name: PresetName, url: string) {
  return presets[name].register(parseSite(url))
}

/** What the admin pastes into the application. Throws ERR_URL_INVALID. */
export function presetSettings(name: PresetName, facts: PresetFacts): readonly PresetSetting[] {
  return presets[name].settings({ ...facts, url: parseSite(facts.url) })
}

function parseSite(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const plain = parsed?.protocol === 'https:' || parsed?.protocol === 'http:'
  if (!plain || parsed.search !== '' || parsed.hash !== '' || parsed.username !== '') {
    throw new LanyardError(
      'ERR_URL_INVALID',
      `url ${quoteName(url)} must be the address where people open the application`,
      { hint: 'give --url https://grafana.example.com' },
    )
  }
  return parsed.href.replace(/\/+$/, '')
}

function argocdSettings({ url, issuer, clientId, certificateAuthority }: PresetFacts) {
  const config = [
    'name: Lanyard',
    `issuer: ${issuer}`,
    `clientID: ${clientId}`,
    'enablePKCEAuthentication: true',
    'requestedScopes: [openid, profile, email, groups]',
    ...(certificateAuthority === null ? [] : ['rootCA: |', ...indent(certificateAuthority, 2)]),
  ]
  return [
    {
      where: 'ConfigMap argocd-cm',
      text: ['data:', `  url: ${url}`, '  oidc.config: |', ...indent(config.join('\n'), 4)].join(
        '\n',
      ),
    },
    {
      where: 'ConfigMap argocd-rbac-cm: groups are roles here',
      text: "data:\n  scopes: '[groups]'\n  policy.default: ''\n  policy.csv: |\n    g, GROUP, role:readonly",
    },
  ]
}

function grafanaSettings(facts: PresetFacts) {
  const { url, issuer, clientId, secret, certificateAuthority } = facts
  const after = encodeURIComponent(`${url}/login`)
  const lines = [
    '[server]',
    `root_url = ${url}/`,
    '',
    '[auth.generic_oauth]',
    'enabled = true',
    'name = Lanyard',
    'allow_sign_up = true',
    `client_id = ${clientId}`,
    `client_secret = ${secret ?? ''}`,
    'scopes = openid profile email groups offline_access',
    `auth_url = ${issuer}/auth`,
    `token_url = ${issuer}/token`,
    `api_url = ${issuer}/me`,
    'auth_style = InHeader',
    'use_pkce = true',
    'use_refresh_token = true',
    'login_attribute_path = preferred_username',
    'name_attribute_path = name',
    '# Grafana wants an address from everybody; whoever has none is known by name.',
    'email_attribute_path = email || preferred_username',
    'groups_attribute_path = groups',
    "role_attribute_path = contains(groups[*], 'GROUP') && 'Editor' || 'Viewer'",
    `signout_redirect_url = ${issuer}/session/end?client_id=${encodeURIComponent(clientId)}&post_logout_redirect_uri=${after}`,
    ...(certificateAuthority === null ? [] : ['tls_client_ca = /etc/grafana/lanyard-ca.crt']),
  ]
  return [{ where: 'grafana.ini', text: lines.join('\n') }, ...caFile('grafana', facts)]
}

function headlampSettings(facts: PresetFacts) {
  const { url, issuer, clientId, secret, certificateAuthority } = facts
  const environment = {
    HEADLAMP_CONFIG_OIDC_CLIENT_ID: clientId,
    HEADLAMP_CONFIG_OIDC_CLIENT_SECRET: secret ?? '',
    HEADLAMP_CONFIG_OIDC_IDP_ISSUER_URL: issuer,
    // Headlamp puts openid before them.
    HEADLAMP_CONFIG_OIDC_SCOPES: 'profile,email,groups,offline_access',
    HEADLAMP_CONFIG_OIDC_CALLBACK_URL: `${url}/oidc-callback`,
    HEADLAMP_CONFIG_OIDC_USE_PKCE: 'true',
    ...(certificateAuthority === null
      ? {}
      : { HEADLAMP_CONFIG_OIDC_CA_FILE: '/etc/headlamp/lanyard-ca.crt' }),
  }
  const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
  return [
    { where: 'environment of Headlamp', text: lines.join('\n') },
    ...caFile('headlamp', facts),
    acceptance('Headlamp', clientId),
  ]
}

/** Before a dashboard that wants `Authorization: Bearer`: the ID token is handed on in that header. */
function oauth2ProxySettings(facts: PresetFacts) {
  const { url, issuer, clientId, secret, certificateAuthority } = facts
  const environment = {
    OAUTH2_PROXY_PROVIDER: 'oidc',
    OAUTH2_PROXY_OIDC_ISSUER_URL: issuer,
    OAUTH2_PROXY_CLIENT_ID: clientId,
    OAUTH2_PROXY_CLIENT_SECRET: secret ?? '',
    OAUTH2_PROXY_REDIRECT_URL: `${url}/oauth2/callback`,
    OAUTH2_PROXY_CODE_CHALLENGE_METHOD: 'S256',
    OAUTH2_PROXY_SCOPE: 'openid profile groups offline_access',
    // People are known by their names; an address they may not have.
    OAUTH2_PROXY_OIDC_EMAIL_CLAIM: 'preferred_username',
    OAUTH2_PROXY_EMAIL_DOMAINS: '*',
    OAUTH2_PROXY_INSECURE_OIDC_SKIP_NONCE: 'false',
    OAUTH2_PROXY_COOKIE_REFRESH: '5m',
    OAUTH2_PROXY_SKIP_PROVIDER_BUTTON: 'true',
    OAUTH2_PROXY_PASS_AUTHORIZATION_HEADER: 'true',
    OAUTH2_PROXY_WHITELIST_DOMAINS: new URL(issuer).host,
    ...(certificateAuthority === null
      ? {}
      : { OAUTH2_PROXY_PROVIDER_CA_FILES: '/etc/oauth2-proxy/lanyard-ca.crt' }),
  }
  const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
  return [
    {
      where: 'environment of oauth2-proxy; add OAUTH2_PROXY_COOKIE_SECRET and _UPSTREAMS yourself',
      text: lines.join('\n'),
    },
    ...caFile('oauth2-proxy', facts),
    acceptance('the dashboard behind it', clientId),
  ]
}

function acceptance(who: string, clientId: string): PresetSetting {
  return {
    where: `AuthenticationConfiguration of each cluster: ${who} hands its ID token on to it`,
    text: [
      'jwt:',
      '- issuer:',
      `    audiences: [AUDIENCE, ${clientId}]`,
      '    audienceMatchPolicy: MatchAny',
      '  claimValidationRules:',
      '  # in place of the rule for token_use',
      `  - expression: '${applicationRule(clientId)}'`,
      '    message: this token is not for this cluster',
    ].join('\n'),
  }
}

/** A cluster's own tokens, and those that were made for this application; no other application's. */
export function applicationRule(clientId: string): string {
  return `claims.token_use == "kube" || (claims.token_use == "application" && claims.aud == "${clientId}")`
}

function caFile(directory: string, { certificateAuthority }: PresetFacts): PresetSetting[] {
  if (certificateAuthority === null) return []
  const text = certificateAuthority.trimEnd()
  return [{ where: `/etc/${directory}/lanyard-ca.crt`, text }]
}

function indent(text: string, spaces: number): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => ' '.repeat(spaces) + line)
}
