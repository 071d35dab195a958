import { dirname } from 'node:path/posix'
import { isMap, isSeq, type YAMLMap } from 'yaml'
import { advice, failed, warning } from '../checks.ts'
import type { Finding, Fix } from '../finding.ts'
import { type Argument, type ArgumentList, findArguments } from './arguments.ts'
import { appendItems } from './nodes.ts'

interface Mount {
  readonly name: string
  readonly mountPath: string
  /** Null for what is no directory or file of the machine. */
  readonly hostPath: string | null
}

/** Where a file that kube-apiserver is told of lies on its machine; undefined where the pod does not have it. */
export function hostPathOf(list: ArgumentList, path: string): string | undefined {
  if (list.kind !== 'pod') return path
  const mount = mountOf(list, path)
  if (mount === undefined) return undefined
  if (mount.hostPath === null) return path
  return mount.hostPath.replace(/\/$/, '') + path.slice(mount.mountPath.length)
}

function mountOf(list: ArgumentList, path: string): Mount | undefined {
  return readMounts(list)
    .filter(({ mountPath }) => path === mountPath || path.startsWith(`${mountPath}/`))
    .toSorted((a, b) => b.mountPath.length - a.mountPath.length)[0]
}

function containerIndex({ source }: ArgumentList): number {
  const containers: unknown = source.document.getIn(['spec', 'containers'], true)
  if (!isSeq(containers)) return 0
  const index = containers.items.findIndex(
    (item) => isMap(item) && JSON.stringify(item.toJSON()).includes('kube-apiserver'),
  )
  return Math.max(0, index)
}

function mapsAt(list: ArgumentList, path: readonly (string | number)[]): YAMLMap[] {
  const node: unknown = list.source.document.getIn(path, true)
  return isSeq(node) ? node.items.filter((item): item is YAMLMap => isMap(item)) : []
}

function readMounts(list: ArgumentList): readonly Mount[] {
  const volumes = mapsAt(list, ['spec', 'volumes'])
  return mapsAt(list, ['spec', 'containers', containerIndex(list), 'volumeMounts']).map((mount) => {
    const name = String(mount.get('name'))
    const volume = volumes.find((each) => each.get('name') === name)
    const hostPath: unknown = volume?.getIn(['hostPath', 'path'])
    return {
      name,
      mountPath: String(mount.get('mountPath')).replace(/\/$/, ''),
      hostPath: typeof hostPath === 'string' ? hostPath : null,
    }
  })
}

/** A directory of the machine that the pod sees: where a file of ours can be put. */
export function directoryFor(list: ArgumentList): string {
  const usual = '/etc/kubernetes/pki'
  if (list.kind !== 'pod') return usual
  const paths = readMounts(list)
    .filter(({ hostPath, mountPath }) => hostPath === mountPath)
    .map(({ mountPath }) => mountPath)
    .filter((path) => !/\/(?:ssl|ca-certificates|certs)(?:\/|$)/.test(path))
  return paths.includes(usual) ? usual : (paths[0] ?? usual)
}

const files = ['authentication-config', 'oidc-ca-file']

/** Every file of ours that a flag names has to be inside the pod. */
export function checkMounts(list: ArgumentList): Finding[] {
  if (list.kind !== 'pod') return []
  return files.flatMap((name) => {
    const argument = findArguments(list, name).at(-1)
    if (argument?.value === undefined || argument.value === null) return []
    return checkMount(list, argument, argument.value)
  })
}

function checkMount(list: ArgumentList, argument: Argument, path: string): Finding[] {
  const { source } = list
  const seen = [`${source.file}:${argument.line}: ${source.quote(argument.line)}`]
  const mount = mountOf(list, path)
  if (mount === undefined) {
    return [
      failed('config.mounted', `${path} is not inside the pod: no volume holds it`, {
        seen,
        why: 'kube-apiserver does not find the file and does not start, although it is there on the machine',
        fixes: mountFixes(list, dirname(path)),
      }),
    ]
  }
  if (mount.mountPath !== path) return []
  return [
    warning('config.mounted', `${path} is mounted as a single file`, {
      seen,
      why: 'a file that is replaced by another, as editors do, is not seen by kube-apiserver until its pod is made anew: mount the directory',
      fixes: [advice(`mount ${dirname(path)} instead of the file`)],
    }),
  ]
}

/** Below what stands there already, from the bottom up: what stands above keeps its line. */
function mountFixes(list: ArgumentList, directory: string): readonly Fix[] {
  const { source } = list
  const name = `lanyard-${
    directory
      .split('/')
      .at(-1)
      ?.replace(/[^a-z\d-]/g, '') || 'files'
  }`
  const container = ['spec', 'containers', containerIndex(list), 'volumeMounts']
  const mount = appendItems(source, container, [{ mountPath: directory, name, readOnly: true }])
  const volume = appendItems(
    source,
    ['spec', 'volumes'],
    [{ hostPath: { path: directory, type: 'DirectoryOrCreate' }, name }],
  )
  if (mount === null || volume === null) {
    return [
      advice(
        `add to the container's volumeMounts {name: ${name}, mountPath: ${directory}, readOnly: true}, and to the pod's volumes {name: ${name}, hostPath: {path: ${directory}, type: DirectoryOrCreate}}`,
      ),
    ]
  }
  return [mount, volume].toSorted((a, b) => lineOf(b) - lineOf(a))
}

function lineOf(fix: Fix): number {
  return fix.kind === 'edit' ? (fix.line ?? Infinity) : 0
}
