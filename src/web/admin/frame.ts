import type { Router } from '@koa/router'
import type { Context } from 'koa'
import { type AdminView, adminPath, type Html, type Words } from '../../../views/index.ts'
import {
  factorsOf,
  groupsOfSignIn,
  groupsWithout,
  type Refusal,
  WeakSignIn,
} from '../../access/index.ts'
import { LanyardError } from '../../errors/index.ts'
import { type Form, readForm } from '../../http/index.ts'
import { goTo } from '../answer.ts'
import type { Web } from '../options.ts'
import { mayReach } from '../second-step-flow.ts'
import { stepUpPath } from '../sign-in.ts'
import { type Person, personHere } from '../visitor.ts'

type Path = '' | `/${string}`
type Open = (ctx: Context, person: Person) => Promise<void>
type Submit = (ctx: Context, person: Person, form: Form) => Promise<void>

export interface SubmitOptions {
  /** Of the whole form; 16 KiB unless told. */
  readonly limitBytes?: number
}

/** The only way to an admin's page: what is registered here is answered to admins alone, and a form is read once and is our own. */
export interface AdminRouter {
  get(path: Path, open: Open): void
  post(path: Path, submit: Submit, options?: SubmitOptions): void
}

/** Who may come to a page: resolves with false where this person may not. */
type Admits = (person: Person, ctx: Context) => boolean | Promise<boolean>

/** Routes below `/admin`, behind `admits`. */
export function createAdminRouter(web: Web, router: Router, admits: Admits): AdminRouter {
  return {
    get(path, open) {
      router.get(`/admin${path}`, async (ctx: Context) => {
        const person = await personWho(ctx, web, admits)
        if (person !== null) await open(ctx, person)
      })
    },
    post(path, submit, options = {}) {
      router.post(`/admin${path}`, async (ctx: Context) => {
        // Threat 22: nothing that is larger than a form is read for a stranger.
        const isLarge = options.limitBytes !== undefined
        if (isLarge && (await personWho(ctx, web, admits)) === null) return
        const form = await readForm(ctx, options)
        web.csrf.verify(ctx, form)
        const person = await personWho(ctx, web, admits)
        if (person !== null) await submit(ctx, person, form)
      })
    },
  }
}

/** Behind every admin page: an admin now, as the directory says. */
export function requireAdmin(web: Web): Admits {
  return ({ subject }) => web.directory.isAdmin(subject)
}

/** Null where somebody has been sent to sign in, for the first time or with a second factor. */
async function personWho(ctx: Context, web: Web, admits: Admits): Promise<Person | null> {
  const person = await personHere(ctx, web)
  const asksTwo = web.config.admin.secondFactor === 'required'
  if (person === null) {
    goTo(ctx, web, asksTwo ? stepUpPath('admin', 'two') : '/sign-in?next=admin')
    return null
  }
  // Threat 16: what a group opens stays closed here too, where it asks for more than this sign-in was.
  const { subject, session } = person
  const { authenticatedAt: at, amr, acr } = session
  const { groups, lacking } = groupsOfSignIn(subject, { at, amr, acr }, web.clock())
  const here = withGroups(person, groups)
  if (await admits(here, ctx)) {
    if (!asksTwo || factorsOf(acr) !== 'any') return here
    goTo(ctx, web, stepUpPath('admin', 'two'))
    return null
  }
  if (await admits(person, ctx)) {
    for (const { name, refusal } of lacking) {
      const without = withGroups(person, groupsWithout(subject, new Set([name])))
      if (!(await admits(without, ctx))) return askForMore(ctx, web, subject, refusal)
    }
    return askForMore(ctx, web, subject, lacking[0]?.refusal)
  }
  // The same words for every page: which users and groups there are is for admins to know.
  throw new LanyardError('ERR_NOT_FOUND', 'there is nothing at this address for you', {
    hint: `you are signed in as ${person.subject.username}; only admins see the pages below /admin`,
  })
}

/**
 * What every admin page is given beside its own facts. `notes` are what the page may say after an act, by the word in the address: a
 * closed list, so that a link cannot put words into it.
 */
export function adminView(
  ctx: Context,
  web: Web,
  { subject }: Person,
  notes: (words: Words) => Readonly<Record<string, Html>> = () => ({}),
): AdminView {
  const done = ctx.query['done']
  const said = notes(web.languages.siteFor(ctx).words)
  return {
    now: web.clock(),
    username: subject.username,
    csrf: web.csrf.token(ctx),
    done: typeof done === 'string' && Object.hasOwn(said, done) ? (said[done] ?? null) : null,
  }
}

/** Where the page of a user is, of a group, of a cluster, of an application. */
export const {
  user: pathOfUser,
  group: pathOfGroup,
  cluster: pathOfCluster,
  application: pathOfApplication,
} = adminPath

/** A field of the address, once; anything else counts as left out. */
export function queryText(ctx: Context, name: string): string {
  const value = ctx.query[name]
  return typeof value === 'string' ? value : ''
}

const withGroups = (person: Person, groups: readonly string[]): Person => ({
  ...person,
  subject: { ...person.subject, groups },
})

/** @throws WeakSignIn where this person has nothing to show it with */
async function askForMore(
  ctx: Context,
  web: Web,
  { userId }: Person['subject'],
  refusal: Refusal | undefined,
): Promise<null> {
  if (refusal?.needs === undefined) throw new TypeError('nothing was asked for')
  const { sentence, needs } = refusal
  if (!mayReach(await web.directory.factors.of(userId), needs.factors)) {
    throw new WeakSignIn(sentence, needs)
  }
  goTo(ctx, web, stepUpPath('admin', needs.factors))
  return null
}
