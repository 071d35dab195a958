import type { Context } from 'koa'
import { type SignInView, signInPage } from '../../views/index.ts'
import { formTarget, show } from './answer.ts'
import type { Web } from './options.ts'
import { askPasskey } from './passkeys.ts'
import type { Flow } from './second-step-flow.ts'

/** The first page of every sign-in. */
export async function showSignIn(
  ctx: Context,
  web: Web,
  flow: Flow,
  shown: {
    readonly username?: string
    readonly failure?: SignInView['failure']
    readonly status?: number
  } = {},
): Promise<void> {
  const { username = '', failure = null, status = 200 } = shown
  const page = signInPage(web.languages.siteFor(ctx), {
    ...formTarget(ctx, web, flow.at('sign-in')),
    target: flow.target,
    passkey: await askPasskey(ctx, web, flow.at('passkey'), null),
    username,
    failure,
  })
  show(ctx, page, { status, formAction: flow.formAction })
}
