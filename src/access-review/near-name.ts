import { editDistance } from '../errors/index.ts'

const MOST_LETTERS = 128

/** The name that was meant, perhaps: the nearest that is at most two letters away, one for short names; null for none. */
export function nearName(name: string, names: readonly string[]): string | null {
  if (name.length > MOST_LETTERS) return null
  const most = name.length < 5 ? 1 : 2
  let found: string | null = null
  let best = most + 1
  for (const each of names) {
    if (Math.abs(each.length - name.length) >= best) continue
    const distance = editDistance(name, each)
    if (distance < best) [found, best] = [each, distance]
  }
  return found
}
