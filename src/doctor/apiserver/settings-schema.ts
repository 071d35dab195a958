/** The shape of an AuthenticationConfiguration: apiserver.config.k8s.io, the same for v1alpha1, v1beta1 and v1. */
export type Shape =
  | { readonly kind: 'string'; readonly type: string }
  | { readonly kind: 'bool' }
  | { readonly kind: 'list'; readonly of: Shape }
  | {
      readonly kind: 'struct'
      readonly name: string
      readonly fields: Readonly<Record<string, Shape>>
    }

const text: Shape = { kind: 'string', type: 'string' }
const named = (type: string): Shape => ({ kind: 'string', type })
const list = (of: Shape): Shape => ({ kind: 'list', of })
const struct = (name: string, fields: Readonly<Record<string, Shape>>): Shape => ({
  ...{ kind: 'struct', name, fields },
})

const prefixed = struct('PrefixedClaimOrExpression', {
  claim: text,
  prefix: text,
  expression: text,
})

const authenticator = struct('JWTAuthenticator', {
  issuer: struct('Issuer', {
    ...{ url: text, discoveryURL: text, certificateAuthority: text, audiences: list(text) },
    audienceMatchPolicy: named('AudienceMatchPolicyType'),
    egressSelectorType: named('EgressSelectorType'),
  }),
  claimValidationRules: list(
    struct('ClaimValidationRule', {
      ...{ claim: text, requiredValue: text, expression: text, message: text },
    }),
  ),
  claimMappings: struct('ClaimMappings', {
    username: prefixed,
    groups: prefixed,
    uid: struct('ClaimOrExpression', { claim: text, expression: text }),
    extra: list(struct('ExtraMapping', { key: text, valueExpression: text })),
  }),
  userValidationRules: list(struct('UserValidationRule', { expression: text, message: text })),
})

export const configurationShape: Shape = struct('AuthenticationConfiguration', {
  ...{ apiVersion: text, kind: text },
  jwt: list(authenticator),
  anonymous: struct('AnonymousAuthConfig', {
    enabled: { kind: 'bool' },
    conditions: list(struct('AnonymousAuthCondition', { path: text })),
  }),
})

export const apiGroup = 'apiserver.config.k8s.io'
export const versions = ['v1', 'v1beta1', 'v1alpha1'] as const

/** Go's name of a shape's type, as its sentences write it. */
export function goType(shape: Shape, version: string): string {
  switch (shape.kind) {
    case 'bool':
      return 'bool'
    case 'list':
      return `[]${goType(shape.of, version)}`
    case 'string':
      return shape.type === 'string' ? 'string' : `${version}.${shape.type}`
    case 'struct':
      return `${version}.${shape.name}`
  }
}
