import type { AuthenticationResponseJSON } from '@simplewebauthn/server'
import type { Context } from 'koa'
import { passkeyProofPage } from '../../views/index.ts'
import { AMR } from '../access/index.ts'
import type { EpochMs } from '../errors/index.ts'
import { type Form, peerOf } from '../http/index.ts'
import { show } from './answer.ts'
import type { Web } from './options.ts'
import type { Act } from './sudo.ts'
import type { Person } from './visitor.ts'

const FRESH_MS = 5 * 60_000
/** Longer than any authenticator's answer. */
const LONGEST_ANSWER = 16_384

/** How and when the person proved with a passkey that it is them. */
export interface PasskeyProof {
  readonly amr: readonly string[]
  readonly authenticatedAt: EpochMs
}

/**
 * A passkey that was used in the last minutes, or with this very form; null where the page that asks for one has been answered, and
 * nothing may be done.
 */
export async function requirePasskey(
  ctx: Context,
  web: Web,
  { session, subject }: Person,
  form: Form,
  act: Act,
): Promise<PasskeyProof | null> {
  const { amr, authenticatedAt } = session
  if (amr.includes('pop') && web.clock() - authenticatedAt <= FRESH_MS) {
    return { amr, authenticatedAt }
  }
  const { userId } = subject
  const binding = web.csrf.token(ctx)
  const answer = form.get('passkey')
  if (answer !== undefined && answer !== '') {
    const { address, requestId } = peerOf(ctx.req)
    const response = parseAnswer(answer)
    const result =
      response === null
        ? null
        : await web.directory.factors.passkeys.verify({
            ...{ userId, binding, response, address, requestId },
          })
    if (result?.kind === 'ok') {
      await web.issuer.browser.signIn(ctx, { subject: result.subject, amr: AMR.passkey })
      return { amr: AMR.passkey, authenticatedAt: web.clock() }
    }
  }
  await ask(ctx, web, { subject, form, act, failed: answer !== undefined })
  return null
}

async function ask(
  ctx: Context,
  web: Web,
  asked: {
    readonly subject: Person['subject']
    readonly form: Form
    readonly act: Act
    readonly failed: boolean
  },
): Promise<void> {
  const { userId } = asked.subject
  const { passkeys } = web.directory.factors
  const [{ passkeys: own }, options] = await Promise.all([
    web.directory.factors.of(userId),
    passkeys.signInOptions(userId, web.csrf.token(ctx)),
  ])
  const page = passkeyProofPage(web.languages.siteFor(ctx), {
    action: ctx.path,
    csrf: web.csrf.token(ctx),
    options: JSON.stringify(options),
    act: asked.act,
    fields: new Map([...asked.form].filter(([name]) => name !== 'csrf' && name !== 'passkey')),
    cancelPath: `${web.site.base}${asked.act.cancel}`,
    enrolPath: own.length === 0 ? `${web.site.base}/account/passkeys/new` : null,
    failed: asked.failed,
  })
  show(ctx, page, { status: asked.failed ? 400 : 200 })
}

/** What a browser's script made of a passkey's answer; the library checks every member of it. */
function parseAnswer(text: string): AuthenticationResponseJSON | null {
  if (text.length > LONGEST_ANSWER) return null
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null
      ? (value as AuthenticationResponseJSON)
      : null
  } catch {
    return null
  }
}
