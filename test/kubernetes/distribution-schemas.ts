/**
 * What each distribution documents of the files and calls that are printed for it: as much of its schema as an apiserver's
 * settings touch, and nothing beside it.
 */

const text = { type: 'string', minLength: 1 } as const

function record(properties: object, required: readonly string[] = []) {
  return { type: 'object', additionalProperties: false, properties, required }
}

/** https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/ (and .v1beta3/): APIServer, Arg, HostPathMount. */
function kubeadmApiServer(extraArgs: object) {
  return record({
    extraArgs,
    extraVolumes: {
      type: 'array',
      items: record(
        {
          name: text,
          hostPath: text,
          mountPath: text,
          readOnly: { type: 'boolean' },
          pathType: { enum: ['', 'DirectoryOrCreate', 'Directory', 'FileOrCreate', 'File'] },
        },
        ['name', 'hostPath', 'mountPath'],
      ),
    },
    certSANs: { type: 'array', items: text },
  })
}

const flagMap = { type: 'object', additionalProperties: { type: 'string' } } as const

export const kubeadm = {
  oneOf: [
    record(
      {
        apiVersion: { const: 'kubeadm.k8s.io/v1beta4' },
        kind: { const: 'ClusterConfiguration' },
        apiServer: kubeadmApiServer({
          type: 'array',
          items: record({ name: text, value: { type: 'string' } }, ['name', 'value']),
        }),
      },
      ['apiVersion', 'kind', 'apiServer'],
    ),
    record(
      {
        apiVersion: { const: 'kubeadm.k8s.io/v1beta3' },
        kind: { const: 'ClusterConfiguration' },
        apiServer: kubeadmApiServer(flagMap),
      },
      ['apiVersion', 'kind', 'apiServer'],
    ),
  ],
}

/** sigs.k8s.io/kind pkg/apis/config/v1alpha4 types.go: Cluster, Node, Mount. */
export const kind = record(
  {
    apiVersion: { const: 'kind.x-k8s.io/v1alpha4' },
    kind: { const: 'Cluster' },
    name: text,
    nodes: {
      type: 'array',
      items: record({
        role: { enum: ['control-plane', 'worker'] },
        image: text,
        labels: flagMap,
        extraMounts: {
          type: 'array',
          items: record(
            {
              containerPath: text,
              hostPath: text,
              readOnly: { type: 'boolean' },
              selinuxRelabel: { type: 'boolean' },
              propagation: { enum: ['None', 'HostToContainer', 'Bidirectional'] },
            },
            ['containerPath', 'hostPath'],
          ),
        },
        kubeadmConfigPatches: { type: 'array', items: text },
      }),
    },
    kubeadmConfigPatches: { type: 'array', items: text },
  },
  ['apiVersion', 'kind'],
)

/**
 * Keys of https://docs.k3s.io/cli/server and https://docs.rke2.io/reference/server_config; a plus sign appends to a list
 * (https://docs.k3s.io/installation/configuration#multiple-config-files).
 */
export const k3s = record(
  { 'kube-apiserver-arg+': { type: 'array', items: { type: 'string', pattern: '^[a-z-]+=' } } },
  ['kube-apiserver-arg+'],
)
export const rke2 = record(
  {
    ...k3s.properties,
    'kube-apiserver-extra-mount+': {
      type: 'array',
      items: { type: 'string', pattern: '^/[^:]+:/[^:]+(:(ro|rw))?$' },
    },
  },
  ['kube-apiserver-arg+'],
)

/** https://www.talos.dev/v1.11/schemas/config.schema.json: v1alpha1.APIServerConfig, VolumeMountConfig, MachineFile. */
export const talosV1alpha1 = record(
  {
    cluster: record(
      {
        apiServer: record({
          image: text,
          extraArgs: { type: 'object', patternProperties: { '.*': { type: 'string' } } },
          extraVolumes: {
            type: 'array',
            items: record({ hostPath: text, mountPath: text, readonly: { type: 'boolean' } }, [
              'hostPath',
              'mountPath',
            ]),
          },
          certSANs: { type: 'array', items: text },
        }),
      },
      ['apiServer'],
    ),
    machine: record({
      files: {
        type: 'array',
        items: record(
          {
            content: text,
            permissions: { type: 'integer', const: 0o444 },
            // Outside /var the file system of Talos is read-only.
            path: { type: 'string', pattern: '^/var/' },
            op: { enum: ['create', 'append', 'overwrite'] },
          },
          ['content', 'permissions', 'path', 'op'],
        ),
      },
    }),
  },
  ['cluster'],
)

const rule = record({ expression: text, message: text }, ['expression'])
const claimOrRule = {
  oneOf: [record({ claim: text, requiredValue: text }, ['claim', 'requiredValue']), rule],
}
const prefixed = record({ claim: text, prefix: { type: 'string' } }, ['claim', 'prefix'])

/**
 * https://docs.siderolabs.com/talos/v1.14/reference/configuration/kubernetes/kubeauthenticationconfig; the fields of `jwt` are
 * those of https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration.
 */
export const talosDocument = record(
  {
    apiVersion: { const: 'v1alpha1' },
    kind: { const: 'KubeAuthenticationConfig' },
    configuration: record(
      {
        anonymous: record({
          enabled: { const: true },
          conditions: {
            const: [{ path: '/livez' }, { path: '/readyz' }, { path: '/healthz' }],
          },
        }),
        jwt: {
          type: 'array',
          minItems: 1,
          items: record(
            {
              issuer: record({
                url: { type: 'string', pattern: '^https://' },
                certificateAuthority: text,
                audiences: { type: 'array', items: text, minItems: 1, maxItems: 1 },
              }),
              claimValidationRules: { type: 'array', items: claimOrRule },
              claimMappings: record({
                username: prefixed,
                groups: prefixed,
                uid: record({ claim: text }),
                extra: {
                  type: 'array',
                  items: record({ key: text, valueExpression: text }, ['key', 'valueExpression']),
                },
              }),
              userValidationRules: { type: 'array', items: rule },
            },
            ['issuer', 'claimMappings'],
          ),
        },
      },
      ['anonymous', 'jwt'],
    ),
  },
  ['apiVersion', 'kind', 'configuration'],
)

/** https://docs.aws.amazon.com/eks/latest/APIReference/API_OidcIdentityProviderConfigRequest.html */
export const eks = record(
  {
    clientId: text,
    identityProviderConfigName: text,
    issuerUrl: { type: 'string', pattern: '^https://[^?]+$' },
    groupsClaim: text,
    groupsPrefix: { type: 'string', minLength: 1, not: { pattern: 'system:' } },
    requiredClaims: {
      type: 'object',
      propertyNames: { minLength: 1, maxLength: 63 },
      additionalProperties: { type: 'string', minLength: 1, maxLength: 253 },
    },
    usernameClaim: text,
    usernamePrefix: { type: 'string', minLength: 1, not: { pattern: 'system:' } },
  },
  ['clientId', 'identityProviderConfigName', 'issuerUrl'],
)

const expression = record({ expression: text }, ['expression'])

/**
 * https://learn.microsoft.com/azure/templates/microsoft.containerservice/managedclusters/jwtauthenticators: expressions alone;
 * and `aks:jwt:` before every name (https://learn.microsoft.com/azure/aks/external-identity-provider-authentication-configure).
 */
export const aks = record(
  {
    issuer: record(
      { url: { type: 'string', pattern: '^https://' }, audiences: { type: 'array', items: text } },
      ['url', 'audiences'],
    ),
    claimValidationRules: { type: 'array', items: rule },
    claimMappings: record(
      {
        username: record({ expression: { type: 'string', pattern: '^"aks:jwt:' } }),
        groups: record({ expression: { type: 'string', pattern: '"aks:jwt:' } }),
        uid: expression,
        extra: {
          type: 'array',
          items: record({ key: text, valueExpression: text }, ['key', 'valueExpression']),
        },
      },
      ['username'],
    ),
    userValidationRules: { type: 'array', items: rule },
  },
  ['issuer', 'claimMappings'],
)
