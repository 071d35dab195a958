import type { Context } from 'koa'
import {
  type MembershipRequestsView,
  membershipRequestsPage,
  type RequestRow,
} from '../../views/index.ts'
import type { MembershipRequest } from '../directory/index.ts'
import { LanyardError } from '../errors/index.ts'
import { errorStatus, type Form, sentenceOf } from '../http/index.ts'
import { goTo, pathParameter, readOwnForm, show } from './answer.ts'
import { type DoneNotes, doneNote } from './done.ts'
import type { Web } from './options.ts'
import { requirePasskey } from './passkey-proof.ts'
import { type Person, personHere } from './visitor.ts'

const doneNotes: DoneNotes = {
  asked: ({ t }) => t`You have asked. An owner of the group answers on this page of theirs.`,
  withdrawn: ({ t }) => t`Your request is withdrawn.`,
  approved: ({ t }) => t`Approved. The membership has begun, and ends by itself.`,
  refused: ({ t }) => t`Refused.`,
}

const USUAL_SECONDS = 3_600

/** Asking to be in a group for a while, and answering. */
export function membershipRequestRoutes(web: Web) {
  return {
    async open(ctx: Context): Promise<void> {
      const person = await personHere(ctx, web)
      if (person === null) goTo(ctx, web, '/sign-in?next=requests')
      else await showRequests(ctx, web, person)
    },

    async ask(ctx: Context): Promise<void> {
      const form = await readOwnForm(ctx, web)
      const person = await personHere(ctx, web)
      if (person === null) return goTo(ctx, web, '/sign-in?next=requests')
      const request = { ...typedOf(form), userId: person.subject.userId }
      try {
        await web.directory.requests.ask(request, person.by)
      } catch (error) {
        if (!(error instanceof LanyardError)) throw error
        return showRequests(ctx, web, person, { form, error })
      }
      goTo(ctx, web, '/account/requests?done=asked')
    },

    async withdraw(ctx: Context): Promise<void> {
      await readOwnForm(ctx, web)
      const person = await personHere(ctx, web)
      if (person === null) return goTo(ctx, web, '/sign-in?next=requests')
      const id = pathParameter(ctx, 'requestId')
      await web.directory.requests.withdraw(id, person.subject.userId, person.by)
      goTo(ctx, web, '/account/requests?done=withdrawn')
    },

    async refuse(ctx: Context): Promise<void> {
      await readOwnForm(ctx, web)
      const person = await personHere(ctx, web)
      if (person === null) return goTo(ctx, web, '/sign-in?next=requests')
      const { id } = await requestToAnswer(ctx, web, person)
      await web.directory.requests.refuse(id, person.by)
      goTo(ctx, web, '/account/requests?done=refused')
    },

    async approve(ctx: Context): Promise<void> {
      const form = await readOwnForm(ctx, web)
      const person = await personHere(ctx, web)
      if (person === null) return goTo(ctx, web, '/sign-in?next=requests')
      const request = await requestToAnswer(ctx, web, person)
      const { words } = web.languages.siteFor(ctx)
      const { t } = words
      const proof = await requirePasskey(ctx, web, person, form, {
        sentence: t`You are about to put <b><bdi>${request.username}</bdi></b> into <b>${request.group}</b> for ${words.span(request.seconds * 1000)}.`,
        cancel: '/account/requests',
      })
      if (proof === null) return
      const approval = { userId: person.subject.userId, ...proof }
      await web.directory.requests.approve(request.id, approval, person.by)
      goTo(ctx, web, '/account/requests?done=approved')
    },
  }
}

/** Requests of groups that are not theirs to answer are there for nobody. @throws LanyardError ERR_REQUEST_UNKNOWN */
async function requestToAnswer(ctx: Context, web: Web, person: Person): Promise<MembershipRequest> {
  const request = await web.directory.requests.get(pathParameter(ctx, 'requestId'))
  const { subject } = person
  const owned = await web.directory.owners.of(subject.userId)
  if (web.directory.isAdmin(subject) || owned.includes(request.group)) return request
  throw new LanyardError('ERR_REQUEST_UNKNOWN', 'there is no request that you may answer here')
}

function typedOf(form: Form): MembershipRequestsView['typed'] {
  return {
    group: form.get('group') ?? '',
    seconds: Number(form.get('seconds')),
    reason: form.get('reason') ?? '',
  }
}

async function showRequests(
  ctx: Context,
  web: Web,
  { subject }: Person,
  failed?: { readonly form: Form; readonly error: LanyardError },
): Promise<void> {
  const { directory } = web
  const now = web.clock()
  const admin = directory.isAdmin(subject)
  const [requestable, mine, owned] = await Promise.all([
    directory.requests.requestable(subject.userId),
    directory.requests.of(subject.userId),
    directory.owners.of(subject.userId),
  ])
  const answers = admin || owned.length > 0
  const waiting = answers ? await directory.requests.waiting(admin ? 'all' : owned) : null
  const page = membershipRequestsPage(web.languages.siteFor(ctx), {
    ...{ now, admin, owned, username: subject.username, csrf: web.csrf.token(ctx) },
    done: doneNote(ctx, web, doneNotes),
    failure: failed === undefined ? null : sentenceOf(failed.error.message),
    typed:
      failed === undefined
        ? { group: '', seconds: USUAL_SECONDS, reason: '' }
        : typedOf(failed.form),
    // Whoever is in it without an end has nothing to ask for.
    groups: requestable.filter(({ member }) => member === false || member.endsAt !== null),
    mine: mine.map((request) => rowOf(request, now)),
    waiting:
      waiting
        ?.filter(({ userId }) => userId !== subject.userId)
        .map((request) => rowOf(request, now)) ?? null,
  })
  show(ctx, page, { status: failed === undefined ? 200 : errorStatus(failed.error.code) })
}

function rowOf(request: MembershipRequest, now: number): RequestRow {
  const { id, group, username, reason, seconds, createdAt, decidedBy, endsAt } = request
  return {
    ...{ id, group, username, reason, seconds, createdAt, decidedBy, endsAt },
    state: stateOf(request, now),
  }
}

function stateOf(
  { state, expiresAt, endsAt }: MembershipRequest,
  now: number,
): RequestRow['state'] {
  if (state === 'waiting' && expiresAt <= now) return 'expired'
  return state === 'approved' && endsAt !== null && endsAt <= now ? 'ended' : state
}
