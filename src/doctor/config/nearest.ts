import { editDistance } from '../../errors/index.ts'

/** The known word that a mistaken one most resembles. */
export function nearest(word: string, words: readonly string[]): string | null {
  const scored = words
    .map((each) => ({ each, distance: editDistance(word.toLowerCase(), each.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance)
  const [best] = scored
  return best !== undefined && best.distance <= Math.max(2, word.length / 3) ? best.each : null
}
