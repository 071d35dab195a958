import type { Context } from 'koa'
import {
  codesPage,
  type FactorsView,
  type NewPasskeyView,
  newPasskeyPage,
  newRecoveryCodesPage,
  type OnePasskeyView,
  onePasskeyPage,
} from '../../views/index.ts'
import { lackOf } from '../access/index.ts'
import type { FactorList, Passkey } from '../directory/index.ts'
import { hasCode, LanyardError } from '../errors/index.ts'
import { errorStatus, type Form, sentenceOf } from '../http/index.ts'
import { formTarget, goTo, pathParameter, readOwnForm, show } from './answer.ts'
import { showCodeSetup, showRecoveryCodes } from './enrol.ts'
import type { Web } from './options.ts'
import { bindingOf, makePasskey, registrationOf } from './passkeys.ts'
import type { Place } from './places.ts'
import { stepUpPath } from './sign-in.ts'
import { type Person, personHere } from './visitor.ts'

/** How long a sign-in stands for the person's presence. */
const FRESH_SECONDS = 5 * 60

/** What can be wrong with a passkey while it is added. */
const mendable: ReadonlySet<string> = new Set([
  ...['ERR_PASSKEY', 'ERR_PASSKEY_EXISTS', 'ERR_FACTORS_MANY'],
])

const ONE_TIME_CODES = '/account/one-time-codes'

/** A person who has just shown that it is them, with what they have. */
interface Owner {
  readonly person: Person
  readonly factors: FactorList
}

/**
 * What a person signs in with, in their own hands. Whoever finds a browser that was left open, or knows a password alone, changes none of
 * it: a sign-in of the last minutes is asked for, with two factors where there are two.
 */
export function factorRoutes(web: Web) {
  /** Null where the request is answered: signed out, or sent to show it anew. */
  async function ownerHere(ctx: Context, place: Place): Promise<Owner | null> {
    const person = await personHere(ctx, web)
    if (person === null) {
      goTo(ctx, web, `/sign-in?next=${place}`)
      return null
    }
    const factors = await web.directory.factors.of(person.subject.userId)
    const need = factors.oneTimeCode || factors.passkeys.length > 0 ? 'two' : 'any'
    const { session } = person
    const authentication = { at: session.authenticatedAt, amr: session.amr, acr: session.acr }
    const policy = { factors: need, maxAge: FRESH_SECONDS } as const
    if (lackOf(policy, authentication, web.clock()) === null) return { person, factors }
    goTo(ctx, web, stepUpPath(place, need))
    return null
  }

  /** Threat 16: recovery codes of whoever has nothing to recover would be a second factor that a password made. */
  async function recovererHere(ctx: Context): Promise<Owner | null> {
    const owner = await ownerHere(ctx, 'recovery')
    if (owner === null || owner.factors.oneTimeCode || owner.factors.passkeys.length > 0) {
      return owner
    }
    goTo(ctx, web, '/account')
    return null
  }

  return {
    async openNewPasskey(ctx: Context): Promise<void> {
      const owner = await ownerHere(ctx, 'passkey')
      if (owner !== null) await showNewPasskey(ctx, web, owner)
    },

    async addPasskey(ctx: Context): Promise<void> {
      const form = await readOwnForm(ctx, web)
      const owner = await ownerHere(ctx, 'passkey')
      if (owner !== null) await addPasskey(ctx, web, owner, form)
    },

    async openPasskey(ctx: Context): Promise<void> {
      const owner = await ownerHere(ctx, 'account')
      if (owner !== null) showPasskey(ctx, web, passkeyOf(ctx, owner))
    },

    async renamePasskey(ctx: Context): Promise<void> {
      const form = await readOwnForm(ctx, web)
      const owner = await ownerHere(ctx, 'account')
      if (owner === null) return
      const passkey = passkeyOf(ctx, owner)
      const { subject, by } = owner.person
      const name = form.get('name') ?? ''
      try {
        await web.directory.factors.passkeys.rename(subject.userId, passkey.id, name, by)
      } catch (error) {
        return showPasskey(ctx, web, passkey, fault(error, 'ERR_PASSKEY_NAME'))
      }
      goTo(ctx, web, '/account?done=passkey-renamed')
    },

    async removePasskey(ctx: Context): Promise<void> {
      await readOwnForm(ctx, web)
      const owner = await ownerHere(ctx, 'account')
      if (owner === null) return
      const passkey = passkeyOf(ctx, owner)
      const { subject, by } = owner.person
      await web.directory.factors.passkeys.remove(subject.userId, passkey.id, by)
      goTo(ctx, web, '/account?done=passkey-removed')
    },

    async openCodes(ctx: Context): Promise<void> {
      const owner = await ownerHere(ctx, 'codes')
      if (owner === null) return
      const page = codesPage(web.languages.siteFor(ctx), {
        username: owner.person.subject.username,
        confirmed: owner.factors.oneTimeCode,
        begin: formTarget(ctx, web, ONE_TIME_CODES),
        remove: formTarget(ctx, web, `${ONE_TIME_CODES}/remove`),
      })
      show(ctx, page)
    },

    async beginCodes(ctx: Context): Promise<void> {
      await readOwnForm(ctx, web)
      const owner = await ownerHere(ctx, 'codes')
      if (owner === null) return
      const { subject } = owner.person
      const begun = await web.directory.factors.oneTimeCodes.begin(subject.userId)
      showCodeSetup(ctx, web, { ...codeSetup(ctx, web, owner), begun })
    },

    async confirmCodes(ctx: Context): Promise<void> {
      const form = await readOwnForm(ctx, web)
      const owner = await ownerHere(ctx, 'codes')
      if (owner === null) return
      const { subject, by } = owner.person
      const code = (form.get('code') ?? '').replace(/\s/g, '')
      try {
        await web.directory.factors.oneTimeCodes.confirm(subject.userId, code, by)
      } catch (error) {
        if (hasCode(error, 'ERR_CODE_NOT_BEGUN')) return goTo(ctx, web, ONE_TIME_CODES)
        if (!hasCode(error, 'ERR_CODE_WRONG')) throw error
        return showCodeSetup(ctx, web, { ...codeSetup(ctx, web, owner), begun: null })
      }
      await added(ctx, web, owner, 'codes-added')
    },

    async removeCodes(ctx: Context): Promise<void> {
      await readOwnForm(ctx, web)
      const owner = await ownerHere(ctx, 'codes')
      if (owner === null) return
      const { subject, by } = owner.person
      await web.directory.factors.oneTimeCodes.remove(subject.userId, by)
      goTo(ctx, web, '/account?done=codes-removed')
    },

    async openRecovery(ctx: Context): Promise<void> {
      const owner = await recovererHere(ctx)
      if (owner === null) return
      const page = newRecoveryCodesPage(web.languages.siteFor(ctx), {
        ...formTarget(ctx, web, '/account/recovery-codes'),
        username: owner.person.subject.username,
        left: owner.factors.recoveryCodesLeft,
      })
      show(ctx, page)
    },

    async renewRecovery(ctx: Context): Promise<void> {
      await readOwnForm(ctx, web)
      const owner = await recovererHere(ctx)
      if (owner !== null) await renew(ctx, web, owner)
    },
  }
}

/** What the account page says of it. */
export async function factorsView(web: Web, { subject }: Person): Promise<FactorsView> {
  const factors = await web.directory.factors.of(subject.userId)
  const passkeys = factors.passkeys.map(({ id, name, createdAt, lastUsedAt }) => ({
    ...{ id, name, createdAt, lastUsedAt },
  }))
  return { ...factors, passkeys, now: web.clock() }
}

function passkeyOf(ctx: Context, { factors }: Owner): Passkey {
  const id = pathParameter(ctx, 'passkeyId')
  const passkey = factors.passkeys.find((candidate) => candidate.id === id)
  if (passkey === undefined) {
    throw new LanyardError('ERR_PASSKEY_UNKNOWN', 'you have no such passkey')
  }
  return passkey
}

/** What can be mended on the page; the rest is an error page. */
function fault(error: unknown, code: string) {
  if (!(error instanceof LanyardError) || error.code !== code) throw error
  return { sentence: sentenceOf(error.message), status: errorStatus(code) }
}

async function addPasskey(ctx: Context, web: Web, owner: Owner, form: Form): Promise<void> {
  const { subject, by } = owner.person
  const name = form.get('name') ?? ''
  const response = registrationOf(form)
  if (response === null) return showNewPasskey(ctx, web, owner, { name, failure: 'refused' })
  const registration = { userId: subject.userId, binding: bindingOf(ctx, web), name, response }
  try {
    await web.directory.factors.passkeys.register(registration, by)
  } catch (error) {
    if (!(error instanceof LanyardError) || !mendable.has(error.code)) throw error
    const sentence = sentenceOf(error.message)
    const failure = error.code === 'ERR_PASSKEY' ? 'refused' : { sentence }
    return showNewPasskey(ctx, web, owner, { name, failure })
  }
  await added(ctx, web, owner, 'passkey-added')
}

/** The first factor comes with what helps when it is lost. */
async function added(
  ctx: Context,
  web: Web,
  owner: Owner,
  done: 'passkey-added' | 'codes-added',
): Promise<void> {
  const had = owner.factors.oneTimeCode || owner.factors.passkeys.length > 0
  if (had) goTo(ctx, web, `/account?done=${done}`)
  else await renew(ctx, web, owner)
}

async function renew(ctx: Context, web: Web, { person }: Owner): Promise<void> {
  const { subject, by } = person
  const codes = await web.directory.factors.recoveryCodes.renew(subject.userId, by)
  const kept = { path: `${web.site.base}/account#factors` }
  showRecoveryCodes(ctx, web, { username: subject.username, codes, kept })
}

function codeSetup(ctx: Context, web: Web, { person }: Owner) {
  const { t } = web.languages.siteFor(ctx).words
  return {
    username: person.subject.username,
    confirm: `${ONE_TIME_CODES}/confirm`,
    again: ONE_TIME_CODES,
    leave: { path: '/account#factors', label: t`Back to your account` },
  } as const
}

async function showNewPasskey(
  ctx: Context,
  web: Web,
  { person }: Owner,
  failed?: Pick<NewPasskeyView, 'name' | 'failure'>,
): Promise<void> {
  const { userId, username } = person.subject
  const page = newPasskeyPage(web.languages.siteFor(ctx), {
    ...(await makePasskey(ctx, web, '/account/passkeys/new', userId)),
    username,
    name: failed?.name ?? '',
    failure: failed?.failure ?? null,
  })
  show(ctx, page, { status: failed === undefined ? 200 : 400 })
}

function showPasskey(
  ctx: Context,
  web: Web,
  passkey: Passkey,
  failed?: { readonly status: number } & NonNullable<OnePasskeyView['failure']>,
): void {
  const path = `/account/passkeys/${encodeURIComponent(passkey.id)}` as const
  const page = onePasskeyPage(web.languages.siteFor(ctx), {
    ...passkey,
    now: web.clock(),
    rename: formTarget(ctx, web, `${path}/name`),
    remove: formTarget(ctx, web, `${path}/remove`),
    failure: failed ?? null,
  })
  show(ctx, page, { status: failed?.status ?? 200 })
}
