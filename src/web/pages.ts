import { readFileSync } from 'node:fs'
import { extname } from 'node:path'
import type { Context } from 'koa'
import {
  brandStylesheet,
  errorPage,
  type Html,
  type Part,
  type Site,
  signedOutPage,
  signOutPage,
  type Words,
  wordsOf,
} from '../../views/index.ts'
import type { Clusters } from '../clusters/index.ts'
import type { Config } from '../config/index.ts'
import type { Directory } from '../directory/index.ts'
import type { Clock } from '../errors/index.ts'
import {
  type Asset,
  type Assets,
  createAssets,
  type ErrorPage,
  peerOf,
  setPagePolicy,
} from '../http/index.ts'
import type { EnginePages } from '../issuer/index.ts'
import { engineFault } from './engine-faults.ts'
import { createLanguages, type Languages } from './languages.ts'

/** The part of the configuration that pages read. */
export type WebConfig = Pick<Config, 'issuer' | 'brand' | 'lifetimes' | 'accessTokens' | 'admin'>

/** What every listener shares, before there is an issuer: the look, the error page, and the engine's pages. */
export interface Pages {
  /** The site in English; what a reader sees is `languages.siteFor`. */
  readonly site: Site
  readonly languages: Languages
  readonly assets: Assets
  renderErrorPage(page: ErrorPage, ctx: Context): string
  readonly engine: EnginePages
}

export interface PagesOptions {
  readonly config: WebConfig
  readonly directory: Directory
  readonly clusters: Clusters
  readonly clock: Clock
}

/** Codes that deserve a heading of their own; the others have that of their status. */
const titles: Readonly<Record<string, (words: Words) => Html>> = {
  ERR_CSRF: ({ t }) => t`This page is out of date`,
  ERR_EMAIL_CODE: ({ t }) => t`This link does not work`,
  ERR_INTERACTION_EXPIRED: ({ t }) => t`This sign-in has expired`,
  ERR_INVITATION_CODE: ({ t }) => t`This link does not work`,
  ERR_RESET_CODE: ({ t }) => t`This link does not work`,
}

/** What the others are called, by what the error writer calls them. */
function titleOf(words: Words, { code, title }: ErrorPage): Part {
  const { t } = words
  return (
    titles[code]?.(words) ??
    {
      Refused: t`Refused`,
      'Not found': t`Not found`,
      'Not possible here': t`Not possible here`,
      Busy: t`Busy`,
      'Something went wrong': t`Something went wrong`,
      'This did not work': t`This did not work`,
    }[title] ??
    title
  )
}

const directory = new URL('../../views/assets/', import.meta.url)
const logoTypes: Readonly<Record<string, string>> = {
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
}

/** Reads the assets once. The logo's file is the admin's: a missing one throws Node's own error. */
export function createPages(options: PagesOptions): Pages {
  const { config } = options
  const { host, pathname } = new URL(config.issuer)
  const base = pathname.replace(/\/$/, '')
  const logo = config.brand.logo === null ? null : logoAsset(config.brand.logo)
  const brand = config.brand.accent === null ? null : brandAsset(config.brand.accent)
  const assets = createAssets(
    [...ownAssets(), ...[logo, brand].filter((asset) => asset !== null)],
    { base: `${base}/assets` },
  )
  const site: Site = {
    name: config.brand.name,
    host,
    base,
    stylesheet: assets.url('lanyard.css'),
    brandStylesheet: brand === null ? null : assets.url(brand.path),
    icon: assets.url('mark.svg'),
    logo: logo === null ? null : assets.url(logo.path),
    sendsLinks: options.directory.sendsMail,
    passkeyScript: assets.url('passkey.js'),
    copyScript: assets.url('copy.js'),
    timesScript: assets.url('times.js'),
    words: wordsOf('en'),
  }
  const languages = createLanguages({
    issuer: new URL(config.issuer),
    // A language's words are made for its first reader: what formats its times is megabytes.
    siteIn: (language) => ({ ...site, words: wordsOf(language) }),
  })
  return {
    site,
    languages,
    assets,
    renderErrorPage(page, ctx) {
      const site = languages.siteFor(ctx)
      return errorPage(site, { ...page, title: titleOf(site.words, page) })
    },
    engine: enginePages(languages, options),
  }
}

function ownAssets(): Asset[] {
  return [
    { path: 'lanyard.css', type: 'text/css; charset=utf-8' },
    { path: 'mark.svg', type: 'image/svg+xml' },
    { path: 'passkey.js', type: 'text/javascript; charset=utf-8' },
    { path: 'copy.js', type: 'text/javascript; charset=utf-8' },
    { path: 'times.js', type: 'text/javascript; charset=utf-8' },
  ].map((asset) => ({ ...asset, body: readFileSync(new URL(asset.path, directory)) }))
}

function logoAsset(file: string): Asset {
  const extension = extname(file).toLowerCase()
  const type = logoTypes[extension]
  if (type === undefined) throw new TypeError(`a logo must be SVG, PNG, WebP or JPEG: ${file}`)
  return { path: `logo${extension}`, body: readFileSync(file), type }
}

function brandAsset(accent: string): Asset {
  return { path: 'brand.css', body: brandStylesheet(accent), type: 'text/css; charset=utf-8' }
}

function enginePages(
  { siteFor }: Languages,
  { directory, clusters, clock }: PagesOptions,
): EnginePages {
  return {
    renderError(ctx, { error }) {
      setPagePolicy(ctx)
      const { requestId } = peerOf(ctx.req)
      const site = siteFor(ctx)
      return errorPage(site, {
        ...engineFault(site.words, error),
        reference: requestId,
        time: new Date(clock()),
      })
    },
    async logout(ctx, form) {
      const clients = (await clusters.clients()).filter(({ name }) => name === form.clientName)
      const returns = clients.flatMap((client) => client.postLogoutRedirectUris)
      // Chromium holds the redirect after the form to this directive too.
      setPagePolicy(ctx, { formAction: [...new Set(returns.map((uri) => new URL(uri).origin))] })
      const subject = form.userId === null ? undefined : await directory.subject(form.userId)
      return signOutPage(siteFor(ctx), {
        username: subject?.username ?? null,
        devices: form.devices,
        askedBy:
          form.clientName === null
            ? null
            : {
                name: form.clientName,
                returnsTo: form.returnsTo === null ? null : new URL(form.returnsTo).host,
              },
        target: { kind: 'engine', action: form.action, fields: form.fields },
      })
    },
    loggedOut(ctx) {
      setPagePolicy(ctx)
      return signedOutPage(siteFor(ctx), { devicesRevoked: 0 })
    },
  }
}
