/** Rooms word their errors as a terminal prints them: a clause without capital and full stop. A page has both. */
export function sentenceOf(clause: string): string {
  const text = clause.charAt(0).toUpperCase() + clause.slice(1)
  return /[.!?]$/.test(text) ? text : `${text}.`
}
