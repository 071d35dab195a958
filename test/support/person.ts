import { Agent, request } from 'undici'

/** A page as somebody without JavaScript sees it. */
export interface Page {
  readonly status: number
  readonly url: string
  readonly html: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The text of the first `h1`. */
  readonly heading: string
  readonly title: string
  readonly forms: readonly Form[]
}

export interface Form {
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
  /** Values of the submit buttons by name, where they have one. */
  readonly buttons: readonly { readonly name: string; readonly value: string }[]
}

export interface PersonOptions {
  readonly issuer: string
  /** PEM that the issuer's certificate is verified with. */
  readonly ca: string
  /** Sent with every request, over what the person would send. */
  readonly headers?: Readonly<Record<string, string>>
}

interface Cookie {
  readonly name: string
  readonly value: string
  readonly path: string
}

const MOST_REDIRECTS = 12

/** Somebody with a browser that has no script: cookies, forms and redirects. What leaves the issuer's origin is not followed. */
export class Person {
  readonly #issuer: URL
  readonly #agent: Agent
  readonly #headers: Readonly<Record<string, string>>
  readonly #cookies = new Map<string, Cookie>()
  /** Where the last redirect away from the issuer led. */
  leftTo: URL | undefined
  /** False: a redirect is the answer. */
  follows = true

  constructor({ issuer, ca, headers = {} }: PersonOptions) {
    this.#issuer = new URL(issuer)
    this.#agent = new Agent({ connect: { ca } })
    this.#headers = headers
  }

  get cookies(): readonly Cookie[] {
    return [...this.#cookies.values()]
  }

  /** Takes another's cookies, as an attacker would. */
  adopt(cookies: readonly Cookie[]): void {
    for (const cookie of cookies) this.#cookies.set(`${cookie.name} ${cookie.path}`, cookie)
  }

  open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Page> {
    const address = new URL(url, `${this.#issuer.href.replace(/\/$/, '')}/`)
    return this.#go('GET', address, undefined, headers)
  }

  /** Sends a form of a page with some fields filled in; `button` is `name=value`. */
  submit(page: Page, values: Readonly<Record<string, string>> = {}, index = 0): Promise<Page> {
    const form = page.forms[index]
    if (form === undefined) throw new Error(`"${page.heading}" has no form ${index}: ${page.html}`)
    return this.post(new URL(form.action, page.url).href, { ...form.fields, ...values })
  }

  post(
    url: string,
    values: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Page> {
    return this.#go(
      'POST',
      new URL(url, this.#issuer),
      new URLSearchParams(values).toString(),
      headers,
    )
  }

  async close(): Promise<void> {
    await this.#agent.close()
  }

  async #go(
    method: 'GET' | 'POST',
    start: URL,
    body?: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Page> {
    let url = start
    let verb: 'GET' | 'POST' = method
    let sent = body
    this.leftTo = undefined
    for (let hop = 0; hop <= MOST_REDIRECTS; hop += 1) {
      const answer = await request(url, {
        method: verb,
        dispatcher: this.#agent,
        headers: {
          accept: 'text/html,application/xhtml+xml',
          'user-agent': 'person',
          ...(verb === 'POST'
            ? {
                'content-type': 'application/x-www-form-urlencoded',
                origin: this.#issuer.origin,
                'sec-fetch-site': 'same-origin',
              }
            : {}),
          ...this.#cookieHeader(url),
          ...this.#headers,
          ...headers,
        },
        ...(sent === undefined ? {} : { body: sent }),
      })
      const html = await answer.body.text()
      this.#remember(url, answer.headers['set-cookie'])
      const location = answer.headers['location']
      const redirects = answer.statusCode >= 300 && answer.statusCode < 400
      if (!redirects || !this.follows || typeof location !== 'string') {
        return parsePage(answer.statusCode, url.href, html, answer.headers)
      }
      const next = new URL(location, url)
      if (next.origin !== this.#issuer.origin) {
        this.leftTo = next
        return parsePage(answer.statusCode, url.href, html, answer.headers)
      }
      url = next
      verb = 'GET'
      sent = undefined
    }
    throw new Error(`more than ${MOST_REDIRECTS} redirects, the last to ${url.href}`)
  }

  #cookieHeader(url: URL): { cookie?: string } {
    const fitting = this.cookies.filter(
      ({ path }) => url.pathname === path || url.pathname.startsWith(path.replace(/\/?$/, '/')),
    )
    if (fitting.length === 0) return {}
    return { cookie: fitting.map(({ name, value }) => `${name}=${value}`).join('; ') }
  }

  #remember(url: URL, header: string | string[] | undefined): void {
    for (const line of [header ?? []].flat()) {
      const [pair = '', ...attributes] = line.split(/;\s*/)
      const name = pair.slice(0, pair.indexOf('='))
      const value = pair.slice(pair.indexOf('=') + 1)
      const attribute = (wanted: string): string | undefined =>
        attributes
          .find((one) => one.toLowerCase().startsWith(`${wanted}=`))
          ?.slice(wanted.length + 1)
      const path = attribute('path') ?? url.pathname.replace(/\/[^/]*$/, '/')
      const expires = attribute('expires')
      const gone =
        attribute('max-age') === '0' || (expires !== undefined && Date.parse(expires) < Date.now())
      if (gone || value === '') this.#cookies.delete(`${name} ${path}`)
      else this.#cookies.set(`${name} ${path}`, { name, value, path })
    }
  }
}

function parsePage(status: number, url: string, html: string, headers: Page['headers']): Page {
  return {
    status,
    url,
    html,
    headers,
    heading: textOf(/<h1[^>]*>([\s\S]*?)<\/h1>/.exec(html)?.[1] ?? ''),
    title: textOf(/<title>([\s\S]*?)<\/title>/.exec(html)?.[1] ?? ''),
    forms: [...html.matchAll(/<form([^>]*)>([\s\S]*?)<\/form>/g)].map(
      ([, attributes = '', inner = '']) => parseForm(attributes, inner),
    ),
  }
}

function parseForm(attributes: string, inner: string): Form {
  const fields: Record<string, string> = {}
  for (const [, tag = ''] of inner.matchAll(/<input([^>]*)>/g)) {
    const name = attributeOf(tag, 'name')
    const isTicked = ['checkbox', 'radio'].includes(attributeOf(tag, 'type') ?? '')
    const unchecked = isTicked && !/\schecked\b/.test(tag)
    if (name !== undefined && !unchecked) fields[name] = attributeOf(tag, 'value') ?? ''
  }
  for (const [, tag = '', text = ''] of inner.matchAll(
    /<textarea([^>]*)>([\s\S]*?)<\/textarea>/g,
  )) {
    const name = attributeOf(tag, 'name')
    // HTML: a line feed at its very beginning is no part of it.
    if (name !== undefined) fields[name] = decodeEntities(text.replace(/^\n/, ''))
  }
  for (const [, tag = '', options = ''] of inner.matchAll(/<select([^>]*)>([\s\S]*?)<\/select>/g)) {
    const name = attributeOf(tag, 'name')
    const all = [...options.matchAll(/<option([^>]*)>/g)].map(([, option = '']) => option)
    const chosen = all.find((option) => /\sselected\b/.test(option)) ?? all[0]
    if (name !== undefined) fields[name] = attributeOf(chosen ?? '', 'value') ?? ''
  }
  const buttons = [...inner.matchAll(/<button([^>]*)>/g)].flatMap(([, tag = '']) => {
    const name = attributeOf(tag, 'name')
    return name === undefined ? [] : [{ name, value: attributeOf(tag, 'value') ?? '' }]
  })
  return { action: attributeOf(attributes, 'action') ?? '', fields, buttons }
}

function attributeOf(tag: string, name: string): string | undefined {
  const found = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]
  return found === undefined ? undefined : decodeEntities(found)
}

function textOf(html: string): string {
  return decodeEntities(html.replace(/<[^>]*>/g, ''))
    .replace(/\s+/g, ' ')
    .trim()
}

function decodeEntities(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}
