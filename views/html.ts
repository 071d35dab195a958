import { html as template } from 'hono/html'

/** Markup that was made by `html`: the only thing that a template takes over unescaped. */
export type Html = string & { readonly isEscaped: true }

/** What may stand in a template. `''` stands for nothing; there is no boolean, so that `false` never reaches a page. */
export type Part = string | number | Html | readonly Part[]

/** Markup with every part escaped for text and for quoted attribute values. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const markup = template(strings, ...parts)
  if (markup instanceof Promise) throw new TypeError('a template part must not be a promise')
  return markup
}
