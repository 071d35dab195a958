import type { Context } from 'koa'
import { type SetupView, setupPage } from '../../views/index.ts'
import { LanyardError } from '../errors/index.ts'
import { byOfRequest, sentenceOf } from '../http/index.ts'
import { formTarget, goTo, readOwnForm, show } from './answer.ts'
import type { Web } from './options.ts'
import { PASSWORD_AMR } from './password.ts'

/** The first admin, made once; afterwards this page does not exist. */
export function setupRoutes(web: Web) {
  return {
    async open(ctx: Context): Promise<void> {
      if (!(await web.directory.setupLink.isOpen())) return
      const code = ctx.query['code']
      showSetup(ctx, web, { setupCode: typeof code === 'string' ? code : '', username: '' }, null)
    },

    async submit(ctx: Context): Promise<void> {
      if (!(await web.directory.setupLink.isOpen())) return
      const form = await readOwnForm(ctx, web)
      const setupCode = (form.get('setup_code') ?? '').trim()
      const username = (form.get('username') ?? '').trim()
      const password = form.get('password') ?? ''
      const typed = { setupCode, username }
      if (password !== form.get('password_again')) {
        return showSetup(ctx, web, typed, { kind: 'different' })
      }
      const faults = web.directory.passwordFaults(password, { username })
      if (faults.length > 0)
        return showSetup(ctx, web, typed, { kind: 'faults', faults: faults.map(sentenceOf) })
      try {
        await complete(ctx, web, { code: setupCode, username, password })
      } catch (error) {
        showSetup(ctx, web, typed, failureOf(error))
      }
    },
  }
}

async function complete(
  ctx: Context,
  web: Web,
  setup: { readonly code: string; readonly username: string; readonly password: string },
): Promise<void> {
  const { id } = await web.directory.setupLink.complete(setup, byOfRequest(ctx.req, null))
  const subject = await web.directory.subject(id)
  if (subject === undefined) return goTo(ctx, web, '/sign-in')
  web.knownBrowsers.remember(ctx, subject)
  await web.issuer.browser.signIn(ctx, { subject, amr: PASSWORD_AMR })
  goTo(ctx, web, '/account?done=setup')
}

/** What can be mended on the page; the rest, a closed set-up first of all, is an error page. */
function failureOf(error: unknown): SetupView['failure'] {
  if (!(error instanceof LanyardError)) throw error
  if (error.code === 'ERR_SETUP_CODE') return { kind: 'code' }
  if (error.code.startsWith('ERR_NAME_') || error.code === 'ERR_USER_EXISTS') {
    return { kind: 'username', sentence: sentenceOf(error.message) }
  }
  throw error
}

function showSetup(
  ctx: Context,
  web: Web,
  typed: { readonly setupCode: string; readonly username: string },
  failure: SetupView['failure'],
): void {
  const { issuer } = web.config
  const page = setupPage(web.languages.siteFor(ctx), {
    ...formTarget(ctx, web, '/setup'),
    ...typed,
    issuer,
    loopback: isLoopbackHost(new URL(issuer).hostname),
    failure,
  })
  show(ctx, page, { status: failure === null ? 200 : 400 })
}

function isLoopbackHost(host: string): boolean {
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '[::1]' ||
    /^127\.\d+\.\d+\.\d+$/.test(host)
  )
}
