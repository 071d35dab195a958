import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as yaml from 'yaml'
import { authenticationConfiguration, oidcFlags, roleBinding } from '../../src/kubernetes/index.ts'

interface Configuration {
  jwt: { issuer: { audiences: string[] } }[]
  kind: string
  metadata: object
}

function parse(text: string, version: '1.1' | '1.2' = '1.2'): Configuration {
  return yaml.parse(text, { version }) as Configuration
}

const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
const trust = {
  issuer: 'https://id.example.com',
  certificateAuthority: pem,
  audience: 'prod',
  usernamePrefix: '',
  groupsPrefix: 'oidc:',
}

test('the AuthenticationConfiguration reads as it should, to a person too', () => {
  assert.equal(
    authenticationConfiguration({ ...trust, maxTokenLifetimeSeconds: 3600 }),
    `apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer:
    url: https://id.example.com
    certificateAuthority: |
      -----BEGIN CERTIFICATE-----
      AAAA
      -----END CERTIFICATE-----
    audiences:
    - prod
  claimValidationRules:
  - claim: token_use
    requiredValue: kube
  - expression: "claims.exp - claims.iat <= 3600"
    message: token lives longer than 3600 seconds
  - expression: 'type(claims.preferred_username) == string && claims.preferred_username != ""'
    message: username is missing
  claimMappings:
    username:
      claim: preferred_username
      prefix: ""
    groups:
      claim: groups
      prefix: "oidc:"
    uid:
      claim: sub
    extra:
    - key: lanyard.dev/device
      valueExpression: "claims.?sid.orValue([])"
    - key: lanyard.dev/authentication
      valueExpression: "claims.?amr.orValue([])"
  userValidationRules:
  - expression: "!user.username.startsWith('system:')"
    message: username is reserved by Kubernetes
  - expression: "user.groups.all(group, !group.startsWith('system:'))"
    message: a group is reserved by Kubernetes
`,
  )
})

test('a public CA is left to the system of the apiserver', () => {
  const text = authenticationConfiguration({
    ...trust,
    certificateAuthority: null,
    maxTokenLifetimeSeconds: 60,
  })
  assert.deepEqual(parse(text).jwt[0]?.issuer, { url: trust.issuer, audiences: ['prod'] })
})

test('values stay strings for readers of YAML 1.1 and 1.2, and cannot leave their place', () => {
  for (const audience of [
    'yes',
    'on',
    '0123',
    '1e3',
    '12:30',
    'null',
    '~',
    '2026-01-01',
    'a: b',
    '- x',
    '"',
    'a\nb: c',
  ]) {
    const text = authenticationConfiguration({ ...trust, audience, maxTokenLifetimeSeconds: 1 })
    for (const version of ['1.1', '1.2'] as const) {
      assert.deepEqual(parse(text, version).jwt[0]?.issuer.audiences, [audience])
    }
  }
})

test('a lifetime that is no positive integer is the programmer’s mistake', () => {
  for (const maxTokenLifetimeSeconds of [0, -1, 1.5, Number.NaN]) {
    assert.throws(
      () => authenticationConfiguration({ ...trust, maxTokenLifetimeSeconds }),
      TypeError,
    )
  }
})

test('the flags say the same', () => {
  const more = { signingAlg: 'ES256', certificateAuthorityFile: '/pki/ca.crt' }
  assert.deepEqual(oidcFlags({ ...trust, ...more }), [
    '--oidc-issuer-url=https://id.example.com',
    '--oidc-client-id=prod',
    '--oidc-username-claim=preferred_username',
    '--oidc-username-prefix=-',
    '--oidc-groups-claim=groups',
    '--oidc-groups-prefix=oidc:',
    '--oidc-ca-file=/pki/ca.crt',
    '--oidc-required-claim=token_use=kube',
    '--oidc-signing-algs=ES256',
  ])
  const bare = { usernamePrefix: 'u:', groupsPrefix: '', certificateAuthority: null }
  assert.deepEqual(
    oidcFlags({ ...trust, ...bare, ...more }).filter((flag) => /prefix|ca-file/.test(flag)),
    ['--oidc-username-prefix=u:'],
  )
})

test('a binding names the group as the apiserver sees it', () => {
  assert.equal(
    roleBinding({ groupName: 'viewers', prefix: 'oidc:', role: 'view' }),
    `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: lanyard:view:viewers
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: view
subjects:
- apiGroup: rbac.authorization.k8s.io
  kind: Group
  name: oidc:viewers
`,
  )
  const inNamespace = parse(
    roleBinding({ groupName: 'org/dev', prefix: '', role: 'edit', namespace: 'shop' }),
  )
  assert.equal(inNamespace.kind, 'RoleBinding')
  assert.deepEqual(inNamespace.metadata, { name: 'lanyard:edit:org|dev', namespace: 'shop' })
})
