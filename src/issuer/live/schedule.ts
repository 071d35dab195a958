/** Why an apiserver may be cold: when in milliseconds of one clock, and how much is known of who asked. */
export interface Trigger {
  readonly at: number
  /**
   * `this`: its own address fetched the discovery document; `somebody`: an address that is nobody's yet did; `ourselves`: Lanyard
   * started, or the cluster's definition changed.
   */
  readonly from: 'this' | 'somebody' | 'ourselves'
}

const WARM_UP_MS = 60_000
const EVERY_MS = 1_000
/** Until an apiserver that is starting answers: its first live token must be ours and not a person's. */
export const STARTING_MS = 15_000
const STARTING_EVERY_MS = 100
/**
 * kube-apiserver swaps a reloaded configuration in 10.0 s after it fetched the discovery document, and is cold again: whoever asks
 * first from then on is refused. On a busy machine it is late, never early.
 */
const RELOAD = [
  { from: 9_950, until: 10_300, everyMs: 8 },
  { from: 9_500, until: 13_000, everyMs: 40 },
] as const

/**
 * True while an apiserver may be cold and the answer to a person's token is better held until a probe was accepted: it starts, or
 * is about to swap a reloaded configuration in. A stranger's request holds up nobody, and neither does an apiserver that no probe
 * ever got through to: the wait would be for nothing.
 */
export function mayBeCold(trigger: Trigger, acceptedAt: number | null, now: number): boolean {
  if (trigger.from !== 'this' || acceptedAt === null) return false
  const since = now - trigger.at
  if (acceptedAt < trigger.at) return since < STARTING_MS
  return RELOAD.some(({ from, until }) => since >= from && since < until)
}

/** A wait may be long and the schedule turn dense meanwhile: look again at least this often, in milliseconds. */
export const LOOK_EVERY_MS = 50

/**
 * How long to wait between probes now, in milliseconds; null where there is nothing to wait for. `acceptedAt` is when one was
 * last accepted, or null.
 */
export function probeEvery(
  trigger: Trigger,
  acceptedAt: number | null,
  now: number,
): number | null {
  const since = now - trigger.at
  if (since >= WARM_UP_MS) return null
  const accepted = acceptedAt !== null && acceptedAt >= trigger.at
  if (trigger.from === 'ourselves') return accepted ? null : EVERY_MS
  if (trigger.from === 'this') {
    const swap = RELOAD.find(({ from, until }) => since >= from && since < until)
    if (swap !== undefined) return swap.everyMs
  }
  return !accepted && since < STARTING_MS ? STARTING_EVERY_MS : EVERY_MS
}
