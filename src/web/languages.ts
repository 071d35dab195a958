import type { Context } from 'koa'
import { LANGUAGES, type Language, languagePage, type Site } from '../../views/index.ts'
import { FACTORS } from '../access/index.ts'
import { ownCookie } from '../http/index.ts'
import { formTarget, goTo, readOwnForm, show } from './answer.ts'
import type { Web } from './options.ts'
import { PLACES } from './places.ts'

const STEPS = 'password|code|passkey|continue|enrol'

/** Where somebody goes on who has chosen: a closed list of our own pages, so that no address in a link is ever followed. */
const RETURNS = [
  new RegExp(`^/interaction/[\\w-]{1,64}(?:/(?:sign-in|${STEPS}))?$`),
  new RegExp(
    `^/sign-in(?:/(?:${STEPS}))?(?:\\?next=(?:${PLACES.join('|')})(?:&need=(?:${FACTORS.join('|')}))?)?$`,
  ),
  /^\/(?:device|account(?:\/(?:kubectl|password|profile|requests))?|admin(?:\/[a-z-]{1,32})?)$/,
]

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
      const site = siteIn(isLanguage(asked) ? asked : 'en')
      const here = placeBehind(`${ctx.path.slice(site.base.length)}${ctx.search}`)
      return here === null ? site : { ...site, here }
    },
    choose(ctx, language) {
      ctx.append('Set-Cookie', cookie.header(language))
    },
  }
}

function placeBehind(text: unknown): `/${string}` | null {
  return typeof text === 'string' && RETURNS.some((place) => place.test(text))
    ? (text as `/${string}`)
    : null
}

function isLanguage(text: unknown): text is Language {
  return LANGUAGES.some((language) => language === text)
}

/** Choosing a language. It is no secret and no right: nobody has to be signed in. */
export function languageRoutes(web: Web) {
  return {
    async open(ctx: Context): Promise<void> {
      showChoice(ctx, web, ctx.query['from'])
    },
    async choose(ctx: Context): Promise<void> {
      const form = await readOwnForm(ctx, web)
      const language = form.get('language')
      if (!isLanguage(language)) return showChoice(ctx, web, form.get('from'), 400)
      web.languages.choose(ctx, language)
      goTo(ctx, web, placeBehind(form.get('from')) ?? '/account')
    },
  }
}

function showChoice(ctx: Context, web: Web, from: unknown, status = 200): void {
  const site = web.languages.siteFor(ctx)
  const target = { ...formTarget(ctx, web, '/language'), from: placeBehind(from) ?? '' }
  show(ctx, languagePage(site, target), { status })
}
