import { Document, type Node, Scalar, visit } from 'yaml'

/*
 * kube-apiserver and kubectl read YAML 1.1, the library writes 1.2: what 1.1 takes for a number, a date or a boolean
 * (`yes`, `0123`, `1e3`, `12:30`) stands in quotes here, so that a name stays a string for both.
 */
const plainEverywhere =
  /^(?:--|\.?\/)?[A-Za-z](?:(?:[A-Za-z0-9._/@+=-]|:(?! )|(?<!:) )*[A-Za-z0-9/=+])?$/
const wordsOfYaml11 = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf)$/i

/** YAML of plain data: two spaces, no folding, texts of several lines as literal blocks. */
export function writeYaml(value: unknown): string {
  const document = new Document(value)
  if (document.contents !== null) styleStrings(document.contents)
  return document.toString({ lineWidth: 0, indentSeq: false })
}

/** A file mode as people write it: `0o444`. */
export function fileMode(mode: number): Scalar {
  const scalar = new Scalar(mode)
  scalar.format = 'OCT'
  return scalar
}

/** Chooses for every string below this node how it is written. */
export function styleStrings(node: Node): void {
  visit(node, { Scalar: (_key, scalar) => styleString(scalar) })
}

function styleString(scalar: Scalar): void {
  if (typeof scalar.value !== 'string') return
  if (scalar.value.includes('\n')) scalar.type = Scalar.BLOCK_LITERAL
  else if (!plainEverywhere.test(scalar.value) || wordsOfYaml11.test(scalar.value)) {
    scalar.type = scalar.value.includes('"') ? Scalar.QUOTE_SINGLE : Scalar.QUOTE_DOUBLE
  }
}
