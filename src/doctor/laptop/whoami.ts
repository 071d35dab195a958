import { replayToken } from '../apiserver/replay.ts'
import type { AuthenticatorSettings } from '../apiserver/types.ts'
import { advice, shellWord } from '../checks.ts'
import { fetchWith } from '../config/replay.ts'
import { parseObject } from '../documents.ts'
import type { Finding } from '../finding.ts'
import { faultOf, succeeded } from '../kubeconfig-access.ts'
import type { RunOutcome } from '../ports.ts'
import { redact } from '../secrets.ts'
import { finding } from './checks.ts'
import type { Target } from './context.ts'
import { here } from './edits.ts'
import type { LaptopFacts, LaptopPorts } from './facts.ts'
import { textOf } from './text.ts'

export interface ProofContext {
  readonly target: Target
  readonly issuer: string | null
  readonly certificateAuthority: string | null
  /** What the issuer has just given. Never print it. */
  readonly freshToken: string | null
  /** As Lanyard lists it; null where it does not, or could not be asked. */
  readonly clusterName: string | null
  readonly facts: LaptopFacts
  readonly ports: LaptopPorts
}

/** The proof: kubectl itself asks the cluster who this is, and why not. */
export async function proveWhoami(context: ProofContext): Promise<Finding[]> {
  const { target } = context
  if (target.context === null) {
    return [
      finding('kubectl.whoami', 'skipped', 'kubectl was not run', {
        why: 'there is no context to run it with',
      }),
    ]
  }
  const ran = await kubectl(context, ['auth', 'whoami', '-o', 'json', '--request-timeout=20s'])
  if (!succeeded(ran)) return explain(context, ran)
  const user = readUser(ran.stdout)
  const groups = user.groups.join(', ') || 'none'
  return [
    finding('kubectl.whoami', 'ok', `the cluster knows you as ${user.username}`, {
      seen: [`groups: ${groups}`],
    }),
    ...(await checkRights(context, user)),
  ]
}

function kubectl(
  { target, facts, ports }: ProofContext,
  args: readonly string[],
  input?: string,
): Promise<RunOutcome> {
  const file = facts.kubeconfig === null ? [] : ['--kubeconfig', facts.kubeconfig]
  const context = target.context === null ? [] : ['--context', target.context]
  return ports.run('kubectl', [...file, ...context, ...args], {
    timeoutMs: 60_000,
    ...(input === undefined ? {} : { input }),
  })
}

interface User {
  readonly username: string
  readonly groups: readonly string[]
}

function readUser(text: string): User {
  const { status } = Object(parseObject(text)) as {
    status?: { userInfo?: { username?: unknown; groups?: unknown } }
  }
  const groups: unknown[] = Array.isArray(status?.userInfo?.groups) ? status.userInfo.groups : []
  return { username: redact(textOf(status?.userInfo?.username) ?? ''), groups: groups.map(String) }
}

/** Forbidden is no matter of logins: it is told apart here. */
async function checkRights(context: ProofContext, { username, groups }: User): Promise<Finding[]> {
  const review = {
    ...{ apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview' },
    spec: { namespace: await namespaceOf(context) },
  }
  // Validation would list CustomResourceDefinitions, which hardly anybody may.
  const args = ['create', '-f', '-', '-o', 'json', '--validate=false']
  const ran = await kubectl(context, args, JSON.stringify(review))
  if (!succeeded(ran)) {
    const why = redact(faultOf(ran))
    return [
      finding('rbac.binding', 'skipped', 'what may be done there could not be asked', { why }),
    ]
  }
  const { status } = Object(parseObject(ran.stdout)) as { status?: { resourceRules?: unknown } }
  const rules: unknown[] = Array.isArray(status?.resourceRules) ? status.resourceRules : []
  const own = rules.filter((rule) => !isForEverybody(rule))
  const { namespace } = review.spec
  if (own.length > 0) {
    return [finding('rbac.binding', 'ok', `${username} has rights in namespace "${namespace}"`)]
  }
  return [
    finding(
      'rbac.binding',
      'warning',
      `${username} is logged in, and is bound to no role in namespace "${namespace}"`,
      {
        seen: [`groups: ${groups.join(', ') || 'none'}`],
        why: 'kubectl says Forbidden. That is no matter of logins; other namespaces were not looked at',
        fixes: [
          advice(
            `your admin prints a binding with: lanyard cluster rbac ${nameIn(context)} --group GROUP --role view`,
          ),
        ],
      },
    ),
  ]
}

/** What system:basic-user gives to all who are logged in. */
function isForEverybody(rule: unknown): boolean {
  const { apiGroups } = Object(rule) as { apiGroups?: unknown }
  const groups: unknown[] = Array.isArray(apiGroups) ? apiGroups : []
  return groups.every((group) => /^auth(entic|oriz)ation\.k8s\.io$/.test(String(group)))
}

async function namespaceOf(context: ProofContext): Promise<string> {
  const ran = await kubectl(context, ['config', 'view', '--minify', '-o', 'jsonpath={..namespace}'])
  return (succeeded(ran) && ran.stdout.trim()) || 'default'
}

async function explain(context: ProofContext, ran: RunOutcome): Promise<Finding[]> {
  if (ran.kind === 'failed' && ran.code === 'ENOENT') {
    return [
      finding('kubectl.whoami', 'failed', 'kubectl is not on the PATH', {
        why: 'the proof cannot be made',
        fixes: [advice('install it: https://kubernetes.io/docs/tasks/tools/')],
      }),
    ]
  }
  const text = ran.kind === 'ended' ? ran.stderr : ran.reason
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const last = redact(faultOf(ran))
  const seen = lines.slice(-3).map(redact)
  const told = (summary: string, why: string, fixes: Finding['fixes'] = []): Finding =>
    finding('kubectl.whoami', 'failed', summary, { seen, why, fixes })
  if (/must be logged in|Unauthorized|provide credentials/.test(text)) {
    return [
      ...(await explainRefusal(context)),
      told(
        `kubectl auth whoami: the cluster refuses the token: ${last}`,
        'its kube-apiserver tells a client no more than that',
      ),
    ]
  }
  if (/\(Forbidden\)|is forbidden/.test(text)) {
    const why = 'that is no matter of logins: the cluster knows who it is, and RBAC says no'
    const advised = advice(
      `your admin prints a binding with: lanyard cluster rbac ${nameIn(context)} --group GROUP --role view`,
    )
    return [told(`kubectl auth whoami is forbidden: ${last}`, why, [advised])]
  }
  if (/proxyconnect/.test(text))
    return [
      told(
        `kubectl's requests do not get through the proxy: ${last}`,
        'NO_PROXY lacks the host of the API, or the proxy is down',
        noProxy(context),
      ),
    ]
  if (/x509:|tls:/.test(text))
    return [
      told(
        `kubectl does not trust the cluster: ${last}`,
        'the CA in the kubeconfig is another than that of the API',
      ),
    ]
  if (
    /connection refused|no such host|i\/o timeout|no route|network is unreachable|deadline exceeded/.test(
      text,
    )
  ) {
    return [told(`kubectl cannot reach the cluster: ${last}`, 'that is no matter of logins')]
  }
  if (/getting credentials/.test(text))
    return [
      told(
        `kubectl gets no token: ${last}`,
        'the plugin failed, or kubectl would not run it: see above',
      ),
    ]
  return [told(`kubectl auth whoami fails: ${last}`, 'see above')]
}

function noProxy({ target, facts }: ProofContext): Finding['fixes'] {
  const server = target.cluster?.body.get('server')
  if (typeof server !== 'string' || !URL.canParse(server)) return []
  const name = facts.env['no_proxy'] === undefined ? 'NO_PROXY' : 'no_proxy'
  const spared = (facts.env[name] ?? '').split(/[\s,]+/).filter((entry) => entry !== '')
  return [here(`export ${name}=${shellWord([...spared, new URL(server).hostname].join(','))}`)]
}

/**
 * A 401, as far as it can be known from here: the token that kubectl sent, and a fresh one, before a kube-apiserver that is configured as
 * Lanyard prints.
 */
async function explainRefusal(context: ProofContext): Promise<Finding[]> {
  const { target, issuer, freshToken, ports } = context
  const { audience } = target
  if (issuer === null || audience === null) return []
  const cached = ports.cached(issuer, audience)
  const sent = cached?.token ?? freshToken
  if (sent === null) return []
  const first = await replay(sent, context, issuer, audience)
  if (first !== null) return [judgeRefusal(first, context, cached?.file ?? null)]
  return [
    finding(
      'token.verdict',
      'failed',
      'the token is good, and the cluster refuses it: its kube-apiserver is not configured as Lanyard prints',
      {
        seen: [`issuer ${issuer}`, `audience ${audience}`],
        why: 'it does not trust this issuer or audience, cannot reach the issuer, or has a rule that says no',
        fixes: [advice(`your admin finds it with: lanyard doctor ${nameIn(context)}`)],
      },
    ),
  ]
}

/** The keys, or the groups, could not be asked for from here: that says nothing of the token. */
const UNASKED =
  /authenticator not initialized|get keys failed|verifier not initialized|while getting distributed claim "[^"]*": Get /

/** What the reason says of the token: it is told to go only where it is broken itself. */
function judgeRefusal(reason: string, context: ProofContext, file: string | null): Finding {
  if (UNASKED.test(reason)) {
    return finding(
      file === null ? 'token.verdict' : 'login.cached',
      'skipped',
      'whether the token is good is not known',
      { why: 'the issuer cannot be reached, so the token cannot be checked' },
    )
  }
  if (/could not expand distributed claims/.test(reason)) {
    return finding('token.verdict', 'failed', `the groups are refused: ${reason}`, {
      why: 'the token itself holds: the issuer no longer lets this login into the cluster, or its answer does not get here whole',
      fixes: [advice(`your admin finds it with: lanyard doctor ${nameIn(context)}`)],
    })
  }
  if (file !== null && !reason.includes('fetching keys')) {
    return finding(
      'login.cached',
      'failed',
      `the token in the cache is not one that a cluster would take: ${reason}`,
      {
        why: 'kubectl sends it until it ends, whatever the cluster says',
        fixes: [here(`rm ${shellWord(file)}`)],
      },
    )
  }
  return finding('token.verdict', 'failed', `a new token would be refused too: ${reason}`, {
    why: 'it is the issuer, or what stands before it',
    fixes: [advice('tell your admin, who runs `lanyard doctor`')],
  })
}

function nameIn({ clusterName }: ProofContext): string {
  return clusterName === null ? 'NAME' : shellWord(clusterName)
}

/** Null where a kube-apiserver that is configured as Lanyard prints would take it; else the reason in its log. */
async function replay(
  token: string,
  { certificateAuthority, ports }: ProofContext,
  issuer: string,
  audience: string,
): Promise<string | null> {
  const settings: AuthenticatorSettings = {
    ...{ source: 'configuration', faults: [], refusal: null, lines: new Map() },
    authenticators: [
      {
        ...{ issuer, discoveryUrl: null, certificateAuthority, certificateAuthorityFile: null },
        ...{ audiences: [audience], signingAlgs: ['RS256', 'ES256'], uid: null, extra: [] },
        username: { kind: 'claim', claim: 'preferred_username', prefix: '' },
        groups: { kind: 'claim', claim: 'groups', prefix: '' },
        ...{
          requiredClaims: [{ claim: 'token_use', value: 'kube' }],
          claimRules: [],
          userRules: [],
        },
      },
    ],
  }
  const { verdict } = await replayToken({
    ...{
      token,
      settings,
      now: ports.now,
      fetchDocument: fetchWith(ports),
      askClaimsEndpoint: true,
    },
  })
  return verdict.kind === 'refused' ? redact(verdict.log ?? verdict.client) : null
}
