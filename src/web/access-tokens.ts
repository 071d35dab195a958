import type { Context } from 'koa'
import { type NewTokenView, newTokenPage, type TokenRow, tokenMadePage } from '../../views/index.ts'
import { factorsOf } from '../access/index.ts'
import { LanyardError } from '../errors/index.ts'
import { errorStatus, type Form, sentenceOf } from '../http/index.ts'
import { formTarget, goTo, pathParameter, readOwnForm, show } from './answer.ts'
import type { Web } from './options.ts'
import { checkPassword } from './password.ts'
import { stepUpPath } from './sign-in.ts'
import { type Person, personHere } from './visitor.ts'

const DAY_SECONDS = 86_400
/** What the form offers, as far as the configuration lets a token live. */
const LIFETIMES = [1, 7, 30, 90, 365].map((days) => days * DAY_SECONDS)
const USUAL_SECONDS = 30 * DAY_SECONDS
/** A form has at most a hundred fields; who has more names them to `kubectl lanyard token create`. */
const MAX_CHOICES = 40

/** Making and revoking one's own access tokens. */
export function accessTokenRoutes(web: Web) {
  return {
    async open(ctx: Context): Promise<void> {
      const person = await makerHere(ctx, web)
      if (person !== null) await showForm(ctx, web, person)
    },

    async submit(ctx: Context): Promise<void> {
      const form = await readOwnForm(ctx, web)
      const person = await makerHere(ctx, web)
      if (person === null) return
      // A session that is left open makes nothing that outlives it.
      const { username } = person.subject
      const password = form.get('current_password') ?? ''
      const check = await checkPassword(ctx, web, { username, password })
      if (check.kind === 'failed') {
        const waitMinutes = check.failure === 'wrong' ? null : check.failure.waitMinutes
        const failure = { kind: 'password', waitMinutes } as const
        return showForm(ctx, web, person, { form, failure, status: check.status })
      }
      await makeToken(ctx, web, person, form)
    },

    async revoke(ctx: Context): Promise<void> {
      await readOwnForm(ctx, web)
      const person = await personHere(ctx, web)
      if (person === null) return goTo(ctx, web, '/sign-in?next=account')
      const id = pathParameter(ctx, 'tokenId')
      if (!(await web.accessTokens.revoke(id, person.by, person.subject.userId))) {
        throw new LanyardError('ERR_TOKEN_UNKNOWN', 'you have no such access token')
      }
      goTo(ctx, web, '/account?done=token-revoked')
    },
  }
}

/**
 * Threat 16: a token outlives the password that it was made with, so that who has a second factor makes none by a password alone. Null where
 * the request is answered.
 */
async function makerHere(ctx: Context, web: Web): Promise<Person | null> {
  const person = await personHere(ctx, web)
  if (person === null) {
    goTo(ctx, web, '/sign-in?next=account')
    return null
  }
  refuseForbidden(web)
  const { passkeys, oneTimeCode } = await web.directory.factors.of(person.subject.userId)
  const hasSecond = passkeys.length > 0 || oneTimeCode
  if (!hasSecond || factorsOf(person.session.acr) !== 'any') return person
  goTo(ctx, web, stepUpPath('token', 'two'))
  return null
}

/** A person's living tokens, as the account shows them. */
export async function tokenRows(web: Web, { subject }: Person): Promise<TokenRow[]> {
  const tokens = await web.accessTokens.list({ userId: subject.userId })
  return tokens.map(({ id, name, hint, clusters, groups, lastUsedAt, expiresAt }) => ({
    ...{ id, name, hint, clusters, groups, lastUsedAt, expiresAt },
  }))
}

function refuseForbidden({ config }: Web): void {
  if (config.accessTokens.allowed) return
  throw new LanyardError('ERR_FORBIDDEN', 'access tokens are not allowed here', {
    hint: 'log in with kubectl-lanyard, or ask your admin',
  })
}

async function makeToken(ctx: Context, web: Web, person: Person, form: Form): Promise<void> {
  const groups = chosen(form, 'group.')
  const request = {
    userId: person.subject.userId,
    name: form.get('name') ?? '',
    clusters: form.has('every_cluster') ? null : chosen(form, 'cluster.'),
    groups: groups.length === 0 ? null : groups,
    lifetime: Number(form.get('lifetime')),
  }
  try {
    const { token, value } = await web.accessTokens.create(request, person.by)
    const { name, expiresAt, clusters } = token
    show(ctx, tokenMadePage(web.languages.siteFor(ctx), { name, value, expiresAt, clusters }))
  } catch (error) {
    if (!(error instanceof LanyardError) || !/^ERR_TOKENS?_/.test(error.code)) throw error
    const todo = error.hint === undefined ? null : sentenceOf(error.hint)
    const failure = { kind: 'token', sentence: sentenceOf(error.message), todo } as const
    await showForm(ctx, web, person, { form, failure, status: errorStatus(error.code) })
  }
}

function chosen(form: Form, prefix: string): string[] {
  return [...form.keys()]
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
}

async function showForm(
  ctx: Context,
  web: Web,
  { subject }: Person,
  failed?: {
    readonly form: Form
    readonly failure: NewTokenView['failure']
    readonly status: number
  },
): Promise<void> {
  const clusters = await web.clusters.forSubject(subject.groups)
  const choices = (names: readonly string[], prefix: string) =>
    names
      .slice(0, MAX_CHOICES)
      .map((name) => ({ name, chosen: failed?.form.has(`${prefix}${name}`) ?? false }))
  const page = newTokenPage(web.languages.siteFor(ctx), {
    ...formTarget(ctx, web, '/account/tokens'),
    username: subject.username,
    name: failed?.form.get('name') ?? '',
    clusters: choices(
      clusters.map(({ name }) => name),
      'cluster.',
    ),
    everyCluster: failed?.form.has('every_cluster') ?? false,
    groups: choices(subject.groups, 'group.'),
    lifetimes: lifetimesOf(web, Number(failed?.form.get('lifetime') ?? USUAL_SECONDS)),
    failure: failed?.failure ?? null,
  })
  show(ctx, page, { status: failed?.status ?? 200 })
}

function lifetimesOf({ config }: Web, wished: number): NewTokenView['lifetimes'] {
  const { maxLifetime } = config.accessTokens
  const below = LIFETIMES.filter((seconds) => seconds <= maxLifetime)
  const offered = below.length === 0 ? [maxLifetime] : below
  return offered.map((seconds) => ({ seconds, chosen: seconds === wished }))
}
