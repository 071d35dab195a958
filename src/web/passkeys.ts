import type { Context } from 'koa'
import type { FactorResult, Factors } from '../directory/index.ts'
import type { UserId } from '../errors/index.ts'
import { type Form, peerOf } from '../http/index.ts'
import { formTarget } from './answer.ts'
import type { Web } from './options.ts'

type Passkeys = Factors['passkeys']
type Assertion = Parameters<Passkeys['verify']>[0]['response']
export type Registration = Parameters<Passkeys['register']>[0]['response']

/** A form that asks for a passkey: of anybody where `userId` is null, else one of theirs. */
export async function askPasskey(
  ctx: Context,
  web: Web,
  path: `/${string}`,
  userId: UserId | null,
) {
  const { passkeys } = web.directory.factors
  const options = await passkeys.signInOptions(userId, bindingOf(ctx, web))
  return { ...formTarget(ctx, web, path), options: JSON.stringify(options) }
}

/** A form that makes one. */
export async function makePasskey(ctx: Context, web: Web, path: `/${string}`, userId: UserId) {
  const { passkeys } = web.directory.factors
  const options = await passkeys.registrationOptions(userId, bindingOf(ctx, web))
  return { ...formTarget(ctx, web, path), options: JSON.stringify(options) }
}

/** Whose passkey the form holds; for everything that is wrong with it the answer is the same. */
export async function verifyPasskey(
  ctx: Context,
  web: Web,
  form: Form,
  userId: UserId | null,
): Promise<FactorResult> {
  const response = credentialOf(form, ['authenticatorData', 'signature']) as Assertion | null
  if (response === null) return { kind: 'wrong' }
  const { address, requestId } = peerOf(ctx.req)
  const binding = bindingOf(ctx, web)
  return web.directory.factors.passkeys.verify({ userId, binding, response, address, requestId })
}

/** The new credential that the form holds; null where it holds none. */
export function registrationOf(form: Form): Registration | null {
  return credentialOf(form, ['attestationObject']) as Registration | null
}

/** What a challenge is bound to: this browser, by the cookie that its forms are bound to. */
export function bindingOf(ctx: Context, web: Web): string {
  return web.csrf.token(ctx)
}

/** WebAuthn 3 §5.1 toJSON(): every part is text; what it says is the directory's to verify. */
function credentialOf(form: Form, parts: readonly string[]): object | null {
  const value = parsed(form.get('passkey') ?? '')
  if (!isRecord(value) || !isRecord(value['response'])) return null
  const { response } = value
  const texts = [
    ...['id', 'rawId', 'type'].map((name) => value[name]),
    ...['clientDataJSON', ...parts].map((name) => response[name]),
  ]
  if (!texts.every((text) => typeof text === 'string')) return null
  const extensions = value['clientExtensionResults']
  const clientExtensionResults = isRecord(extensions) ? extensions : {}
  return { ...value, clientExtensionResults }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return null
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
