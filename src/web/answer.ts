import type { Context } from 'koa'
import { type Form, type PagePolicyOptions, readForm, setPagePolicy } from '../http/index.ts'
import type { Web } from './options.ts'

/** Answers with a page. Its policy allows our own scripts where it has one: a tag in it is ours, since all text is escaped. */
export function show(
  ctx: Context,
  page: string,
  {
    status = 200,
    formAction = [],
  }: Pick<PagePolicyOptions, 'formAction'> & { readonly status?: number } = {},
): void {
  setPagePolicy(ctx, { formAction, script: page.includes('<script type="module" src="') })
  ctx.status = status
  ctx.type = 'text/html; charset=utf-8'
  ctx.body = page
}

/** Answers a form: the browser fetches the next page with GET, so that loading it again repeats nothing. */
export function goTo(ctx: Context, web: Web, path: `/${string}`): void {
  setPagePolicy(ctx)
  ctx.redirect(`${web.site.base}${path}`)
  ctx.status = 303
  ctx.body = ''
}

/** The fields of a form that one of our own pages, in this browser, has sent. @throws LanyardError ERR_CSRF, ERR_FORM_… */
export async function readOwnForm(ctx: Context, web: Web): Promise<Form> {
  const form = await readForm(ctx)
  web.csrf.verify(ctx, form)
  return form
}

/** Where a form posts to, with its token. */
export function formTarget(ctx: Context, web: Web, path: `/${string}`) {
  return { action: `${web.site.base}${path}`, csrf: web.csrf.token(ctx) }
}

/** A named part of the route's path, decoded. */
export function pathParameter(ctx: Context, name: string): string {
  const parameters = ctx['params'] as Readonly<Record<string, unknown>> | undefined
  const value = parameters?.[name]
  return typeof value === 'string' ? value : ''
}

/** RFC 9110 §10.2.3, in whole seconds. */
export function setRetryAfter(ctx: Context, milliseconds: number): void {
  ctx.set('Retry-After', String(Math.ceil(milliseconds / 1000)))
}

/** Rounded up, and never 0: what "wait N minutes" says. */
export function waitMinutes(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 60_000))
}
