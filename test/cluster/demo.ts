/**
 * `npm run demo`: Lanyard, a real Kubernetes cluster that trusts it and somebody to sign in as, until Ctrl-C. Everything,
 * what the commands tried here write included, lies in one temporary directory and goes with it.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../src/errors/index.ts'
import { bundlePlugin } from '../../src/plugin/index.ts'
import { showCluster, startTrustingCluster } from '../support/end-to-end.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { provideBinaries } from './binaries.ts'
import { KUBERNETES_VERSION, startControllerManager, startEtcd } from './control-plane.ts'

const CLUSTER = 'demo'
const GROUP = 'viewers'
const USERNAME = 'ada'

interface Demo {
  readonly lanyard: Lanyard
  readonly password: string
  readonly directory: string
}

async function addUser({ server }: Lanyard): Promise<string> {
  const { users, groups } = server.rooms.directory
  const password = randomBytes(12).toString('base64url')
  await users.add({ username: USERNAME, password, mustChange: false }, byTest)
  await groups.add({ name: GROUP }, byTest)
  await groups.addMember(GROUP, { user: USERNAME }, byTest)
  return password
}

/** Programs to find first, and places to write to that are not the person's own. */
async function furnish(directory: string, kubectl: string, { ca }: Lanyard): Promise<void> {
  const bin = join(directory, 'bin')
  await mkdir(bin)
  await Promise.all([
    bundlePlugin(join(bin, 'kubectl-lanyard'), CLUSTER),
    symlink(kubectl, join(bin, 'kubectl')),
    writeFile(join(directory, 'lanyard-ca.crt'), ca),
    writeFile(
      join(directory, 'env'),
      [
        `export PATH='${bin}':"$PATH"`,
        `export KUBECONFIG='${join(directory, 'kubeconfig')}'`,
        `export KUBECACHEDIR='${join(directory, 'cache')}'`,
        `export XDG_CACHE_HOME='${join(directory, 'cache')}'`,
        `export XDG_STATE_HOME='${join(directory, 'state')}'`,
        '',
      ].join('\n'),
    ),
  ])
}

/** Starts everything; what it started ends with the stack. */
async function startDemo(owned: AsyncDisposableStack): Promise<Demo> {
  const binaries = await provideBinaries(process.env)
  if (binaries === undefined) {
    throw new Error(
      `no Kubernetes ${KUBERNETES_VERSION} on this machine and no Go to build it: install Go from https://go.dev/dl`,
    )
  }
  const directory = owned.use(await temporaryDirectory()).path
  const lanyard = owned.use(await startLanyard())
  const etcd = owned.use(await startEtcd())
  await furnish(directory, binaries.kubectl, lanyard)
  const password = await addUser(lanyard)
  const cluster = { name: CLUSTER, groups: [GROUP], trustedBy: 'configuration' } as const
  const apiserver = owned.use(await startTrustingCluster(lanyard, etcd, cluster))
  owned.use(await startControllerManager(apiserver))
  const { roleBinding } = await showCluster(lanyard, CLUSTER)
  if (roleBinding !== null) await apiserver.apply(roleBinding)
  const access = { user: USERNAME, groups: [GROUP], verb: 'list', resource: 'pods' }
  await apiserver.waitForRbac({ ...access, namespace: 'default' })
  return { lanyard, password, directory }
}

function instructions({ lanyard, password, directory }: Demo): string {
  return `
Lanyard is at ${lanyard.issuer}, and a kube-apiserver ${KUBERNETES_VERSION} trusts it.
In another terminal:

  . ${directory}/env
  kubectl lanyard setup ${lanyard.issuer} --certificate-authority ${directory}/lanyard-ca.crt
  kubectl --context ${CLUSTER} get pods --all-namespaces
  kubectl --context ${CLUSTER} auth whoami

Sign in as  ${USERNAME}
Password    ${password}

A browser does not know the demo's own CA and warns once. Without a browser: setup --device.
Ctrl-C ends all of it and removes ${directory}
`
}

/** Stays a listener after the first signal: the second Ctrl-C of somebody impatient must not cut the cleaning short. */
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve())
  })
}

const stopped = untilStopped()
const owned = new AsyncDisposableStack()
process.stderr.write('lanyard: starting Lanyard and a Kubernetes cluster\n')
const starting = startDemo(owned)
try {
  const demo = await Promise.race([starting, stopped])
  if (demo !== undefined) {
    process.stdout.write(instructions(demo))
    await stopped
  }
} catch (error) {
  process.exitCode = 1
  process.stderr.write(`lanyard: error: ${messageOf(error)}\n`)
} finally {
  // Stopped while it starts: what it is about to have must be there to be ended.
  await starting.catch(() => undefined)
  await owned.disposeAsync()
}
