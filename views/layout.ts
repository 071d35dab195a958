import { type Html, html, type Part } from './html.ts'
import { clip, mark, menuIcon } from './icons.ts'
import { type Place, rail } from './rail.ts'
import type { Words } from './words/words.ts'

/** What every page of one installation shares. Addresses of assets are paths of this origin. */
export interface Site {
  readonly name: string
  /** The issuer's host, with its port where there is one: what people compare with the address bar. */
  readonly host: string
  /** The issuer's path without a trailing slash: `''` at the root. */
  readonly base: string
  readonly stylesheet: string
  /** The admin's colours; null for Lanyard's own. */
  readonly brandStylesheet: string | null
  readonly icon: string
  /** The admin's logo; null for Lanyard's own. */
  readonly logo: string | null
  /** Whether a forgotten password is replaced by mail; else an admin is asked. */
  readonly sendsLinks?: boolean
  /** The one script: what WebAuthn leaves to no form. */
  readonly passkeyScript: string
  /** Shows the buttons that copy. */
  readonly copyScript: string
  /** Says times in the reader's zone. */
  readonly timesScript: string
  /** What the pages say, in the reader's language. */
  readonly words: Words
  /** The path that somebody comes back to who chooses another language here; the account where there is none. */
  readonly here?: string | undefined
}

/** `scripts`: addresses of our own, which the page's policy must allow. */
function documentOf(site: Site, title: Part, body: Html, scripts: readonly string[]): string {
  const brand =
    site.brandStylesheet === null
      ? ''
      : html`<link rel="stylesheet" href="${site.brandStylesheet}">`
  return String(html`<!doctype html>
<html lang="${site.words.language}">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <meta name="robots" content="noindex">
  <title>${title} – ${site.name}</title>
  <link rel="icon" href="${site.icon}" type="image/svg+xml">
  <link rel="stylesheet" href="${site.stylesheet}">
  ${brand}
  ${scripts.map((script) => html`<script type="module" src="${script}"></script>`)}
</head>
${body}
</html>
`)
}

function titleOf(
  { words: { t } }: Site,
  { title, failed = false }: { readonly title: Part; readonly failed?: boolean },
): Part {
  return failed ? t`Error: ${title}` : title
}

function languagePath({ base, here }: Site): string {
  return here === undefined
    ? `${base}/language`
    : `${base}/language?from=${encodeURIComponent(here)}`
}

function brandOf(site: Site): Html {
  const logo = site.logo === null ? mark() : html`<img src="${site.logo}" alt="">`
  return html`${logo} ${site.name}`
}

export interface CardOptions {
  readonly title: Part
  /** True where a form comes back with its mistake: then the title begins with that. */
  readonly failed?: boolean
  readonly heading: Part
  /** Lines under the heading, each one inline markup or text. */
  readonly lead?: readonly Part[]
  /** Stands between brand and heading. */
  readonly badge?: Html
  readonly wide?: boolean
  /** `password`: this page asks for one, so it says where the reader is. */
  readonly foot?: 'password' | 'host'
  /** True where the page has a form for a passkey. */
  readonly script?: boolean
}

/** A signed-out page: one card on a strap, with one question. */
export function card(site: Site, options: CardOptions, body: Part): string {
  const { t } = site.words
  const foot = {
    password: t`You are on <b>${site.host}</b>. Type your password nowhere else.`,
    host: html`${site.host}`,
  }[options.foot ?? 'host']
  return documentOf(
    site,
    titleOf(site, options),
    html`<body class="auth">
  <main class="card${options.wide === true ? ' wide' : ''}">
    ${clip()}
    <header>
      <span class="brand">${brandOf(site)}</span>
      ${options.badge ?? ''}
      <h1>${options.heading}</h1>
      ${(options.lead ?? []).map((line) => html`<p>${line}</p>`)}
    </header>
    ${body}
  </main>
  <footer class="foot">${foot} · <a href="${languagePath(site)}">${t`Language`}</a></footer>
</body>`,
    options.script === true ? [site.passkeyScript] : [],
  )
}

export interface FrameOptions {
  readonly title: Part
  /** True where a form comes back with its mistake: then the title begins with that. */
  readonly failed?: boolean
  readonly heading: Part
  readonly lead: Part
  /** The username of the person who is signed in. */
  readonly username: string
  /** Where in the rail this page stands; null for a page that is in nobody's rail. */
  readonly current: Place | null
  /** Whether the admin's pages are theirs too. */
  readonly admin?: boolean
  /** Stands above the heading: the way back to the list. */
  readonly crumb?: Part
  /** Stands at the end of the page's header. */
  readonly aside?: Part
  /** True for a page with buttons that copy. */
  readonly copies?: boolean
}

/** A signed-in page: a rail of places, on narrow screens a popover, and one column of panels. */
export function frame(site: Site, options: FrameOptions, body: Part): string {
  const { t } = site.words
  return documentOf(
    site,
    titleOf(site, options),
    html`<body class="app">
  <a class="skip" href="#main">${t`Skip to content`}</a>
  <header class="bar">
    <a class="brand" href="${site.base}/account">${brandOf(site)}</a>
    <button class="btn" type="button" popovertarget="nav">${menuIcon()} ${t`Menu`}</button>
  </header>
  <nav class="rail" id="nav" popover aria-label="${t`Main`}">
    <a class="brand" href="${site.base}/account">${brandOf(site)}</a>
    ${rail(site, options)}
    <div class="me">
      ${t`Signed in as <b>${options.username}</b>`}<br>
      <a href="${site.base}/account">${t`Account`}</a> · <a href="${languagePath(site)}">${t`Language`}</a> · <a href="${site.base}/sign-out">${t`Sign out`}</a>
    </div>
  </nav>
  <main class="page" id="main">
    <header>
      ${options.crumb === undefined ? '' : html`<nav class="crumb" aria-label="${t`Breadcrumb`}">${options.crumb}</nav>`}
      <div>
        <h1>${options.heading}</h1>
        <p>${options.lead}</p>
      </div>
      ${options.aside ?? ''}
    </header>
    ${body}
  </main>
</body>`,
    options.copies === true ? [site.timesScript, site.copyScript] : [site.timesScript],
  )
}
