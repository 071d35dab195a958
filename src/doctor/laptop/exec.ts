import { advice, shellWord } from '../checks.ts'
import type { Finding, Fix } from '../finding.ts'
import { finding } from './checks.ts'
import type { Target } from './context.ts'
import { here, kubeconfigOption, set, setupAgain } from './edits.ts'
import type { LaptopFacts } from './facts.ts'
import type { Entry } from './kubeconfigs.ts'
import { COMMAND, canonicalIssuer, readStanza, type Stanza } from './stanza.ts'

const VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1']
const MODES = ['Never', 'IfAvailable', 'Always']

/** The user of the context: that it logs in by this plugin, in a way that kubectl takes. */
export function checkUser(target: Target, facts: LaptopFacts): Finding[] {
  const { user, stanza } = target
  if (user === null) return []
  const rivals = checkRivals(user, facts)
  if (stanza === null) return [...rivals, otherLogin(target, user)]
  const found = [...rivals, ...checkProtocol(stanza), ...checkArgs(stanza, facts)]
  return found.length > 0
    ? found
    : [
        finding(
          'kubeconfig.exec',
          'ok',
          `"${user.name}" runs ${stanza.command} as it should be run`,
        ),
      ]
}

function otherLogin({ context }: Target, user: Entry): Finding {
  const foreign = readStanza(user)
  const how = foreign === null ? 'without an exec plugin' : `by ${foreign.command}`
  return finding(
    'kubeconfig.user',
    'warning',
    `the context "${context}" logs in ${how}, not by this plugin`,
    {
      why: 'what is said of logins below is not what kubectl does with this context',
      fixes: [
        advice(
          'name another context: kubectl lanyard doctor --context NAME; or run: kubectl lanyard setup ISSUER',
        ),
      ],
    },
  )
}

/** What kubectl prefers to `exec`, or refuses beside it. */
const RIVALS = [
  ['auth-provider', 'kubectl refuses exec and auth-provider together'],
  ['token', 'kubectl sends that token and never runs the plugin'],
  ['tokenFile', 'kubectl sends that token and never runs the plugin'],
  ['username', 'kubectl refuses or prefers the password, which no apiserver takes'],
  ['client-certificate', 'the certificate says who it is, and not the login'],
  ['client-certificate-data', 'the certificate says who it is, and not the login'],
] as const

function checkRivals(user: Entry, facts: LaptopFacts): Finding[] {
  if (!user.body.has('exec')) return []
  return RIVALS.filter(([key]) => user.body.has(key)).map(([key, why]) =>
    finding('kubeconfig.user', 'failed', `the user "${user.name}" has ${key} beside exec`, {
      why,
      // Not as an edit: the lines hold a secret.
      fixes: rivalKeys(user, key).map((each) =>
        here(
          `kubectl config unset ${shellWord(`users.${user.name}.${each}`)}${kubeconfigOption(facts)}`,
        ),
      ),
    }),
  )
}

function rivalKeys({ body }: Entry, key: string): string[] {
  const pairs: Readonly<Record<string, string>> = {
    username: 'password',
    'client-certificate': 'client-key',
    'client-certificate-data': 'client-key-data',
  }
  const pair = pairs[key]
  return pair !== undefined && body.has(pair) ? [key, pair] : [key]
}

function checkProtocol(stanza: Stanza): Finding[] {
  const { entry, map, apiVersion } = stanza
  const found = checkMode(stanza)
  if (VERSIONS.includes(apiVersion ?? '')) return found
  const said = apiVersion === null ? 'no apiVersion' : `apiVersion ${apiVersion}`
  return [
    finding(
      'kubeconfig.exec',
      'failed',
      `the exec of user "${entry.name}" has ${said}, which kubectl does not know`,
      {
        why: 'kubectl stops before it runs the plugin',
        fixes: [set(entry.source, map, 'apiVersion', VERSIONS[0])],
      },
    ),
    ...found,
  ]
}

function checkMode({ entry, map, apiVersion, interactiveMode }: Stanza): Finding[] {
  const wrong = (what: string, why: string): Finding[] => [
    finding('kubeconfig.exec', 'failed', `the exec of user "${entry.name}" has ${what}`, {
      why,
      fixes: [set(entry.source, map, 'interactiveMode', 'IfAvailable')],
    }),
  ]
  if (interactiveMode === null) {
    return apiVersion === VERSIONS[1]
      ? []
      : wrong('no interactiveMode', 'client.authentication.k8s.io/v1 wants it, and kubectl stops')
  }
  if (!MODES.includes(interactiveMode)) {
    return wrong(
      `interactiveMode ${interactiveMode}`,
      `kubectl knows ${MODES.join(', ')}, and stops`,
    )
  }
  if (interactiveMode !== 'Always') return []
  const why = 'kubectl refuses it without a terminal: in scripts, in pipes, in editors'
  return wrong('interactiveMode Always', why)
}

/** What kubectl may run: for a token, or for a client certificate. */
type Asked = 'get-token' | 'get-certificate'

const EXACT = (issuer: string, audience: string, asked: Asked = 'get-token'): string[] => [
  ...[asked, '--issuer', issuer, '--audience', audience],
]

function checkArgs(stanza: Stanza, facts: LaptopFacts): Finding[] {
  const { entry, args, issuer, audience } = stanza
  const canonical = issuer === null ? null : canonicalIssuer(issuer)
  const asked: Asked = args.includes('get-certificate') ? 'get-certificate' : 'get-token'
  if (!args.includes(asked)) {
    return [wrongArgs(stanza, 'has no get-token among its args', facts)]
  }
  if (issuer === null || audience === null || audience === '') {
    const missing = issuer === null ? '--issuer' : '--audience'
    return [wrongArgs(stanza, `has no ${missing} among its args`, facts)]
  }
  if (canonical === null) {
    return [wrongArgs(stanza, `names the issuer "${issuer}", which is no https address`, facts)]
  }
  const foreign = args.find(
    (arg) => arg.startsWith('-') && !/^(--(issuer|audience)(=|$)|-v$|--verbose$)/.test(arg),
  )
  if (foreign !== undefined) {
    const option = foreign.split('=')[0] ?? ''
    return [wrongArgs(stanza, `has ${option} among its args, which ${asked} does not take`, facts)]
  }
  const exact = EXACT(canonical, audience, asked)
  if (args.join('\n') === exact.join('\n')) return []
  return [
    finding(
      'kubeconfig.args',
      'warning',
      `the args of user "${entry.name}" are not spelt as setup spells them`,
      {
        why: 'each kubectl command takes a little longer: the plugin reads its options before it looks for a token',
        fixes: [set(entry.source, stanza.map, 'args', exact)],
      },
    ),
  ]
}

function wrongArgs(stanza: Stanza, what: string, facts: LaptopFacts): Finding {
  return finding('kubeconfig.args', 'failed', `the exec of user "${stanza.entry.name}" ${what}`, {
    why: 'the plugin cannot tell which token is wanted, and kubectl stops',
    fixes: [argsFix(stanza, facts)],
  })
}

/** Where one of the two is missing, `setup` still knows the user by the name that it gave it. */
function argsFix(stanza: Stanza, facts: LaptopFacts): Fix {
  const { entry, map, audience } = stanza
  const issuer = stanza.issuer === null ? null : canonicalIssuer(stanza.issuer)
  if (issuer !== null && audience !== null && audience !== '') {
    return set(entry.source, map, 'args', EXACT(issuer, audience))
  }
  const known = facts.issuers.filter((each) => entry.name.endsWith(`@${new URL(each).host}`))
  const [only] = known
  return only === undefined || known.length > 1 || stanza.command !== COMMAND
    ? advice('run: kubectl lanyard setup ISSUER')
    : setupAgain(facts, only, null)
}

/** The edit that lets the stanza name another audience or issuer. */
export function renameFix({ entry, map }: Stanza, issuer: string, audience: string): Fix {
  return set(entry.source, map, 'args', EXACT(issuer, audience))
}
