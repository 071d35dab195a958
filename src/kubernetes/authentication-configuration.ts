import { writeYaml } from './yaml-text.ts'

/** What kube-apiserver must know to accept one cluster's ID tokens. */
export interface TokenTrust {
  /** Byte for byte the `iss` of the tokens. */
  readonly issuer: string
  /** PEM of the CA of the issuer's certificate; null where the apiserver's system trusts it. */
  readonly certificateAuthority: string | null
  readonly audience: string
  /** May be empty, for none. */
  readonly usernamePrefix: string
  readonly groupsPrefix: string
}

/** What an AuthenticationConfiguration says beyond whom it trusts. */
export interface AuthenticationRules {
  /** A token that was made to live longer is refused. */
  readonly maxTokenLifetimeSeconds: number
}

/**
 * The file for `--authentication-config`: apiserver.config.k8s.io/v1 from Kubernetes 1.34, v1beta1 from 1.30 (and read by newer
 * ones still).
 */
export function authenticationConfiguration(
  trust: TokenTrust & AuthenticationRules & { readonly apiVersion?: 'v1' | 'v1beta1' },
): string {
  return writeYaml({
    apiVersion: `apiserver.config.k8s.io/${trust.apiVersion ?? 'v1'}`,
    kind: 'AuthenticationConfiguration',
    jwt: [jwtAuthenticator(trust)],
  })
}

/**
 * One entry of `jwt`, as plain data.
 *
 * The apiserver takes an empty username from a claim, and any name from a token: both are refused by rules here. An access token
 * has the right issuer and audience too, hence `token_use`. Every `extra` is optional: a missing claim would be a 401. Groups are
 * mapped by claim: with an expression the apiserver never asks for live groups, and everybody silently has none.
 */
export function jwtAuthenticator(trust: TokenTrust & AuthenticationRules) {
  return {
    issuer: issuerOf(trust),
    claimValidationRules: [
      { claim: 'token_use', requiredValue: 'kube' },
      ...claimRules(trust.maxTokenLifetimeSeconds),
    ],
    claimMappings: {
      username: { claim: 'preferred_username', prefix: trust.usernamePrefix },
      groups: { claim: 'groups', prefix: trust.groupsPrefix },
      uid: { claim: 'sub' },
      extra: extras,
    },
    userValidationRules: userRules,
  }
}

/** CEL for what any token must hold. Throws TypeError unless the lifetime is a positive integer. */
export function claimRules(maxTokenLifetimeSeconds: number) {
  if (!Number.isSafeInteger(maxTokenLifetimeSeconds) || maxTokenLifetimeSeconds <= 0) {
    throw new TypeError('maxTokenLifetimeSeconds is a positive integer')
  }
  return [
    {
      expression: `claims.exp - claims.iat <= ${maxTokenLifetimeSeconds}`,
      message: `token lives longer than ${maxTokenLifetimeSeconds} seconds`,
    },
    {
      expression: 'type(claims.preferred_username) == string && claims.preferred_username != ""',
      message: 'username is missing',
    },
  ]
}

export const extras = [
  { key: 'lanyard.dev/device', valueExpression: 'claims.?sid.orValue([])' },
  { key: 'lanyard.dev/authentication', valueExpression: 'claims.?amr.orValue([])' },
] as const

/** Nobody from outside is one of Kubernetes' own. */
export const userRules = [
  {
    expression: "!user.username.startsWith('system:')",
    message: 'username is reserved by Kubernetes',
  },
  {
    expression: "user.groups.all(group, !group.startsWith('system:'))",
    message: 'a group is reserved by Kubernetes',
  },
] as const

function issuerOf({ issuer, certificateAuthority, audience }: TokenTrust): object {
  return {
    url: issuer,
    ...(certificateAuthority === null ? {} : { certificateAuthority }),
    audiences: [audience],
  }
}

/** kube-apiserver's `--oidc-*` flags for the same trust. They can map no uid and know no rules. */
export function oidcFlags(
  trust: TokenTrust & {
    readonly signingAlg: string
    /** Where the admin puts the CA on the apiserver's machine. */
    readonly certificateAuthorityFile: string
  },
): string[] {
  return [
    `--oidc-issuer-url=${trust.issuer}`,
    `--oidc-client-id=${trust.audience}`,
    '--oidc-username-claim=preferred_username',
    // Without this flag the apiserver prefixes the issuer's URL; `-` is its word for none.
    `--oidc-username-prefix=${trust.usernamePrefix === '' ? '-' : trust.usernamePrefix}`,
    '--oidc-groups-claim=groups',
    ...(trust.groupsPrefix === '' ? [] : [`--oidc-groups-prefix=${trust.groupsPrefix}`]),
    ...(trust.certificateAuthority === null
      ? []
      : [`--oidc-ca-file=${trust.certificateAuthorityFile}`]),
    '--oidc-required-claim=token_use=kube',
    `--oidc-signing-algs=${trust.signingAlg}`,
  ]
}
