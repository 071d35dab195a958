import { LRUCache } from 'lru-cache'

/** Which addresses are apiservers of which clusters, learnt from who asks for a probe's groups. */
export interface Sources {
  /** Somebody asked for groups at this audience; with a probe's id it was an apiserver of the cluster. */
  asked(audience: string, address: string, probe: string | null): void
  wasAsked(probe: string): boolean
  /** Audiences; undefined for an address that is nobody's yet. */
  clustersAt(address: string): ReadonlySet<string> | undefined
}

const MAX_SOURCES = 1_000
/** Behind a proxy that is not trusted, everybody has one address. */
const MAX_CLUSTERS_OF_A_SOURCE = 64
const MAX_PROBES = 1_000

export function createSources(): Sources {
  const sources = new LRUCache<string, Set<string>>({ max: MAX_SOURCES })
  const probes = new LRUCache<string, true>({ max: MAX_PROBES })
  return {
    asked(audience, address, probe) {
      // People can ask too, with what their own token carries: only an apiserver has what a probe carries.
      if (probe === null) return
      probes.set(probe, true)
      const known = sources.get(address)
      if (known === undefined) sources.set(address, new Set([audience]))
      else if (known.size < MAX_CLUSTERS_OF_A_SOURCE) known.add(audience)
    },
    wasAsked: (probe) => probes.has(probe),
    clustersAt: (address) => sources.get(address),
  }
}
