/** Figures as they were measured, round by round, and their median. */
export interface Figure {
  readonly name: string
  readonly unit: string
  readonly rounds: readonly number[]
  /** What it should reach; `atLeast` or `atMost`. */
  readonly bar?: { readonly atLeast: number } | { readonly atMost: number }
  readonly note?: string
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2
}

/** One line a figure: name, median, bar, verdict, all rounds. */
export function renderFigures(figures: readonly Figure[]): string {
  return figures
    .map((figure) => {
      const value = Math.round(median(figure.rounds) * 100) / 100
      const { bar } = figure
      const wanted =
        bar === undefined ? '' : 'atLeast' in bar ? `>= ${bar.atLeast}` : `<= ${bar.atMost}`
      const met =
        bar === undefined
          ? ''
          : ('atLeast' in bar ? value >= bar.atLeast : value <= bar.atMost)
            ? 'met'
            : 'MISSED'
      const rounds = figure.rounds.map((round) => Math.round(round * 100) / 100).join(' ')
      return `${figure.name.padEnd(34)} ${String(value).padStart(9)} ${figure.unit.padEnd(6)} ${wanted.padEnd(10)} ${met.padEnd(7)} [${rounds}]${figure.note === undefined ? '' : ` ${figure.note}`}`
    })
    .join('\n')
}
