/** The releases of Kubernetes that the tests run: one per supported line. Each line's go.mod beside this file pins the same one. */
export const LINES = ['1.32', '1.33', '1.34', '1.35', '1.36', '1.37'] as const
export type Line = (typeof LINES)[number]

/** Everything but the matrix runs on this line, and has all of its programs. */
export const NEWEST = '1.37' satisfies Line
export const OLDEST = '1.32' satisfies Line

/** The smallest first: an early failure costs little. */
export const BINARY_NAMES = [
  'etcd',
  'kubectl',
  'kube-controller-manager',
  'kube-apiserver',
] as const
export type BinaryName = (typeof BINARY_NAMES)[number]

export interface Release {
  /** `1.37.2`, without the `v`. */
  readonly version: string
  /** What is built from this line's own sources, in the order of {@link BINARY_NAMES}. */
  readonly builds: readonly BinaryName[]
}

/**
 * Only kube-apiserver decides who somebody is, so that is what each line has of its own. kubectl is built for the oldest as well,
 * because people with old clusters have it; etcd is the newest line's for all.
 */
export const RELEASES: Readonly<Record<Line, Release>> = {
  '1.32': { version: '1.32.13', builds: ['kubectl', 'kube-apiserver'] },
  '1.33': { version: '1.33.13', builds: ['kube-apiserver'] },
  '1.34': { version: '1.34.4', builds: ['kube-apiserver'] },
  '1.35': { version: '1.35.4', builds: ['kube-apiserver'] },
  '1.36': { version: '1.36.3', builds: ['kube-apiserver'] },
  '1.37': { version: '1.37.2', builds: BINARY_NAMES },
}

/** What everything but the matrix runs: `1.37.2`. */
export const KUBERNETES_VERSION = RELEASES[NEWEST].version

/** What can be had for a line, and from which line each comes: its own, else etcd and kubectl of the newest. */
export function sourcesOf(line: Line): ReadonlyMap<BinaryName, Line> {
  const { builds } = RELEASES[line]
  return new Map(
    BINARY_NAMES.flatMap((name): [BinaryName, Line][] => {
      if (builds.includes(name)) return [[name, line]]
      // A controller manager works with apiservers of its own line and the one before.
      return name === 'kube-controller-manager' ? [] : [[name, NEWEST]]
    }),
  )
}
