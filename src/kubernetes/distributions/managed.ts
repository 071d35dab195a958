import { claimRules, extras, userRules } from '../authentication-configuration.ts'
import { shellWord } from './apiserver.ts'
import type { ClusterTrust, Plan } from './types.ts'

const here = 'your machine'
const proxy =
  'hint: a proxy before the API that signs people in, for clusters that take no issuer, is planned for Lanyard and not there yet'

/**
 * https://docs.aws.amazon.com/eks/latest/APIReference/API_OidcIdentityProviderConfigRequest.html,
 * https://docs.aws.amazon.com/eks/latest/userguide/authenticate-oidc-identity-provider.html
 */
export function eksPlan(trust: ClusterTrust): Plan {
  const { issuer, audience, usernamePrefix, groupsPrefix, name } = trust
  const cluster = `--cluster-name ${shellWord(name)}`
  const provider = '--identity-provider-config type=oidc,name=lanyard'
  const request = {
    identityProviderConfigName: 'lanyard',
    issuerUrl: issuer,
    clientId: audience,
    usernameClaim: 'preferred_username',
    usernamePrefix: usernamePrefix === '' ? '-' : usernamePrefix,
    groupsClaim: 'groups',
    ...(groupsPrefix === '' ? {} : { groupsPrefix }),
    requiredClaims: { token_use: 'kube' },
  }
  return {
    flags: [],
    files: [{ machine: here, path: 'eks-lanyard.json', content: json(request) }],
    commands: [
      {
        machine: here,
        run: `aws eks associate-identity-provider-config ${cluster} --oidc file://eks-lanyard.json`,
      },
      {
        machine: `${here}, until it says ACTIVE`,
        run: `aws eks describe-identity-provider-config ${cluster} ${provider} --query identityProviderConfig.oidc.status`,
      },
    ],
    restarts:
      'Nothing that you see: EKS changes its control plane by itself, which takes minutes. A change is disassociate and associate.',
    undo: `aws eks disassociate-identity-provider-config ${cluster} ${provider}`,
    notes: [
      ...(trust.certificateAuthority === null
        ? []
        : [
            'warning: EKS trusts public CAs alone, and this issuer has another: give Lanyard a certificate of a public CA',
          ]),
      'hint: EKS must reach the issuer over the internet',
      ...embeddedOnly(trust, 'EKS documents nothing about groups that an apiserver asks for'),
      ...(trust.signingAlg === 'RS256'
        ? []
        : [
            `warning: EKS names no algorithms, and kube-apiserver accepts RS256 alone unless told: lanyard cluster set ${name} --signing-alg RS256`,
          ]),
      ...(usernamePrefix === '' || groupsPrefix === ''
        ? [
            `warning: EKS knows no rule that refuses a name that begins with system:; Lanyard issues none, and prefixes make them impossible: lanyard cluster set ${name} --username-prefix lanyard: --groups-prefix lanyard:`,
          ]
        : []),
      `hint: EKS may call the cluster something else than ${name}; it takes one identity provider a cluster`,
    ],
  }
}

/** https://cloud.google.com/kubernetes-engine/docs/how-to/oidc */
export function gkePlan(trust: ClusterTrust): Plan {
  return {
    flags: [],
    files: [],
    commands: [],
    restarts: 'Nothing: there is nothing to set.',
    undo: '# Nothing was changed',
    notes: [
      `warning: GKE gives its kube-apiserver neither --oidc- flags nor an AuthenticationConfiguration, so that it cannot accept the tokens of ${trust.name}`,
      "hint: Google's own way for other identity providers is Workforce Identity Federation; Lanyard has not been tried with it",
      proxy,
    ],
  }
}

/** Required by AKS before every name that comes from a token. */
const aksPrefix = 'aks:jwt:'

/** https://learn.microsoft.com/azure/aks/external-identity-provider-authentication-configure */
export function aksPlan(trust: ClusterTrust): Plan {
  if (trust.line.authenticationApiVersion === null) {
    return {
      ...gkePlan(trust),
      notes: [`warning: AKS takes an issuer from Kubernetes 1.30 on, as a preview`, proxy],
    }
  }
  const place = '--resource-group "$RESOURCE_GROUP" --cluster-name "$AKS_CLUSTER" --name lanyard'
  return {
    flags: [],
    files: [{ machine: here, path: 'aks-lanyard.json', content: json(aksAuthenticator(trust)) }],
    commands: [
      {
        machine: here,
        run: [
          '# Once for a subscription; az feature show says Registered in the end',
          'az extension add --name aks-preview --upgrade',
          'az feature register --namespace Microsoft.ContainerService --name JWTAuthenticatorPreview',
          'az provider register --namespace Microsoft.ContainerService',
        ].join('\n'),
      },
      {
        machine: here,
        run: `RESOURCE_GROUP=my-group AKS_CLUSTER=${shellWord(trust.name)}   # yours\naz aks jwtauthenticator add ${place} --config-file aks-lanyard.json`,
      },
    ],
    restarts: 'Nothing that you see: AKS changes its control plane by itself.',
    undo: `az aks jwtauthenticator delete ${place}`,
    notes: [
      'warning: this is a preview of AKS, without any assurance by Microsoft; it has not been tried with Lanyard on a real AKS cluster',
      ...(trust.certificateAuthority === null
        ? []
        : [
            'warning: this issuer has a CA of its own, and the file names none: how AKS takes one has changed during the preview, so see its documentation, or give Lanyard a certificate of a public CA',
          ]),
      'hint: the nodes of the cluster must reach the issuer',
      ...embeddedOnly(
        trust,
        'AKS maps groups by expression alone, and then kube-apiserver never asks for live ones: everybody would silently have none',
      ),
      ...(aksPrefixed(trust.usernamePrefix) && aksPrefixed(trust.groupsPrefix)
        ? []
        : [
            `warning: AKS wants ${aksPrefix} before every name, and the file has it; so that bindings fit: lanyard cluster set ${trust.name} --username-prefix ${aksPrefix} --groups-prefix ${aksPrefix}`,
          ]),
      proxy,
    ],
  }
}

function aksPrefixed(prefix: string): boolean {
  return prefix.startsWith(aksPrefix)
}

/** An entry of `jwt`, in the part of its fields that AKS has: expressions alone. */
function aksAuthenticator(trust: ClusterTrust) {
  const withPrefix = (prefix: string) =>
    JSON.stringify(aksPrefixed(prefix) ? prefix : `${aksPrefix}${prefix}`)
  return {
    issuer: { url: trust.issuer, audiences: [trust.audience] },
    claimValidationRules: [
      { expression: 'claims.token_use == "kube"', message: 'not a token for a cluster' },
      ...claimRules(trust.maxTokenLifetimeSeconds),
    ],
    claimMappings: {
      username: {
        expression: `${withPrefix(trust.usernamePrefix)} + claims.preferred_username`,
      },
      groups: {
        expression: `dyn(claims.?groups.orValue([])).map(group, ${withPrefix(trust.groupsPrefix)} + group)`,
      },
      uid: { expression: 'claims.sub' },
      extra: extras,
    },
    userValidationRules: userRules,
  }
}

function embeddedOnly({ liveGroups, name }: ClusterTrust, why: string): string[] {
  return liveGroups ? [`warning: ${why}: lanyard cluster set ${name} --groups embedded`] : []
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
