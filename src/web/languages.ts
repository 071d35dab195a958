import type { Context } from 'koa'
import { LANGUAGES, type Language, languagePage, type Site } from '../../views/index.ts'
import { ownCookie } from '../http/index.ts'
import { goTo, readOwnForm, show } from './answer.ts'
import type { Web } from './options.ts'

const YEAR_SECONDS = 365 * 86_400

/** In which language somebody reads: as they chose in this browser, else as their browser asks (RFC 9110 §12.5.4), else English. */
export interface Languages {
  siteFor(ctx: Context): Site
  choose(ctx: Context, language: Language): void
}

export function createLanguages({
  issuer,
  siteIn,
}: {
  readonly issuer: URL
  readonly siteIn: (language: Language) => Site
}): Languages {
  const cookie = ownCookie(issuer, 'lanyard-language', { maxAgeSeconds: YEAR_SECONDS })
  return {
    siteFor(ctx) {
      ctx.vary('Accept-Language')
      const chosen = ctx.cookies.get(cookie.name)
      const asked = isLanguage(chosen) ? chosen : ctx.acceptsLanguages(...LANGUAGES)
      return siteIn(isLanguage(asked) ? asked : 'en')
    },
    choose(ctx, language) {
      ctx.append('Set-Cookie', cookie.header(language))
    },
  }
}

function isLanguage(text: unknown): text is Language {
  return LANGUAGES.some((language) => language === text)
}

/** Choosing a language. It is no secret and no right: nobody has to be signed in. */
export function languageRoutes(web: Web) {
  return {
    async open(ctx: Context): Promise<void> {
      showChoice(ctx, web)
    },
    async choose(ctx: Context): Promise<void> {
      const form = await readOwnForm(ctx, web)
      const language = form.get('language')
      if (!isLanguage(language)) return showChoice(ctx, web, 400)
      web.languages.choose(ctx, language)
      goTo(ctx, web, '/account')
    },
  }
}

function showChoice(ctx: Context, web: Web, status = 200): void {
  const site = web.languages.siteFor(ctx)
  const action = `${site.base}/language`
  show(ctx, languagePage(site, { action, csrf: web.csrf.token(ctx) }), { status })
}
