import {
  countFindings,
  exitCodeOf,
  type LaptopFacts,
  printFindings,
  runLaptopDoctor,
} from '../doctor/index.ts'
import { whyNoBrowser } from './browser.ts'
import type { CommandLine } from './command-line.ts'
import type { Conversation } from './conversation.ts'
import { createDoctorPorts } from './doctor-ports.ts'
import type { LoginStore } from './login-store.ts'
import { cacheRoot, stateRoot } from './places.ts'
import type { Surroundings } from './surroundings.ts'

/** All that the checks read of the environment. */
const VARIABLES = [
  ...['PATH', 'KUBECONFIG', 'KUBERC', 'https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY'],
  ...['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'],
]

/** Those that can be read: what is wrong with the others is found by the checks. */
function issuersOf(store: LoginStore): string[] {
  try {
    return store.issuers()
  } catch {
    return []
  }
}

function factsOf(
  { context, kubeconfig }: CommandLine,
  around: Surroundings,
  store: LoginStore,
  version: string | null,
): LaptopFacts {
  return {
    context: context ?? null,
    kubeconfig: kubeconfig ?? null,
    env: Object.fromEntries(VARIABLES.map((name) => [name, around.env[name]])),
    home: around.home(),
    uid: around.uid ?? null,
    platform: around.platform,
    plugin: { version, path: around.program },
    stateRoot: stateRoot(around),
    cacheRoot: cacheRoot(around),
    issuers: issuersOf(store),
    whyNoBrowser: whyNoBrowser(around),
  }
}

/** Looks at everything between this machine and a cluster, and changes nothing. Gives back the exit code: 0, 1 or 2. */
export async function runDoctor(
  line: CommandLine,
  around: Surroundings,
  store: LoginStore,
  conversation: Conversation,
  version: string | null,
): Promise<number> {
  const { findings } = await runLaptopDoctor(
    factsOf(line, around, store, version),
    createDoctorPorts(around, store, conversation),
  )
  if (line.output === 'json') {
    around.print(`${JSON.stringify(findings, null, 2)}\n`)
  } else {
    around.print(`${printFindings(findings)}\n`)
    conversation.tell(countFindings(findings))
  }
  return exitCodeOf(findings)
}
