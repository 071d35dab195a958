import { createHash } from 'node:crypto'
import type { Queries, Transaction } from '../../db/index.ts'
import { recordEvent } from '../audit/index.ts'
import { type By, LanyardError } from '../errors/index.ts'
import { keepAnAdmin } from './admins.ts'
import type { Context } from './context.ts'
import { addMember, changeGroupIn, insertGroup, removeMember } from './groups.ts'
import { exportGroups, exportUsers } from './people-csv-export.ts'
import {
  GROUP_COLUMNS,
  type GroupStep,
  type PlanOptions,
  planGroups,
  planUsers,
  type Steps,
  USER_COLUMNS,
  type UserStep,
} from './people-csv-plan.ts'
import { readCsv } from './people-csv-text.ts'
import { insertUser, parseUser, targetOf } from './user-rows.ts'
import { changeUserIn, setStatus } from './users.ts'

export type CsvKind = 'users' | 'groups'

export interface CsvPlan extends Steps<UserStep | GroupStep> {
  /** Names exactly these steps. */
  readonly fingerprint: string
}

/** People and groups as files, out and in. */
export interface PeopleCsv {
  /** The whole of it, a few lines at a time. */
  export(kind: CsvKind): AsyncIterable<string>
  /** What a file would change, without changing it. @throws LanyardError ERR_CSV where it is no CSV */
  plan(kind: CsvKind, text: string, options: PlanOptions): Promise<CsvPlan>
  /**
   * Does all of it or nothing; resolves with how many lines changed something.
   * @throws LanyardError ERR_CSV_CHANGED where it would do something else than the plan of this fingerprint, ERR_CSV where a line is
   * wrong, ERR_GROUP_CIRCLE, ERR_LAST_ADMIN
   */
  apply(
    kind: CsvKind,
    text: string,
    options: PlanOptions & { readonly fingerprint: string },
    by: By,
  ): Promise<number>
}

export function createPeopleCsv(context: Context): PeopleCsv {
  const { store } = context
  return {
    export: (kind) => (kind === 'users' ? exportUsers(context) : exportGroups(context)),
    async plan(kind, text, options) {
      const plan = await planOf(store.query, kind, text, options)
      return plan.faults.length === 0 && plan.steps.some(mayBeRefused)
        ? rehearse(context, plan)
        : plan
    },
    apply: (kind, text, { fingerprint, ...options }, by) =>
      store.write(async (tx) => {
        const plan = await planOf(tx.query, kind, text, options)
        if (plan.fingerprint !== fingerprint) {
          throw new LanyardError(
            'ERR_CSV_CHANGED',
            'the import would now do something else than what was shown',
          )
        }
        await perform(tx, context, plan, by)
        return plan.steps.length
      }),
  }
}

async function planOf(
  query: Queries,
  kind: CsvKind,
  text: string,
  { exact }: PlanOptions,
): Promise<CsvPlan> {
  const { lines, faults } = readCsv(text, kind === 'users' ? USER_COLUMNS : GROUP_COLUMNS)
  const planned =
    kind === 'users'
      ? await planUsers(query, lines, { exact })
      : await planGroups(query, lines, { exact })
  const all = [...faults, ...planned.faults].sort((a, b) => a.line - b.line)
  const fingerprint = createHash('sha256').update(JSON.stringify([planned.steps, all]))
  return { ...planned, faults: all, fingerprint: fingerprint.digest('base64url') }
}

/** What only doing it tells: a circle of groups, and whether an admin is left. */
function mayBeRefused(step: UserStep | GroupStep): boolean {
  if (step.kind === 'group') return step.into.length > 0 || step.outOf.length > 0
  return step.status === 'disabled' || step.outOf.length > 0
}

/** Thrown where everything went well, so that nothing of it stays. */
class Rehearsed extends Error {}

/** It is done, and undone in the same breath. */
async function rehearse(context: Context, plan: CsvPlan): Promise<CsvPlan> {
  const by: By = { actor: { kind: 'system' }, address: null, requestId: null }
  try {
    await context.store.write(async (tx) => {
      await perform(tx, context, plan, by)
      throw new Rehearsed()
    })
  } catch (error) {
    if (error instanceof Rehearsed) return plan
    if (!(error instanceof LanyardError)) throw error
    return { ...plan, faults: [{ line: 0, sentence: error.message }] }
  }
  return plan
}

async function perform(
  tx: Transaction,
  context: Context,
  { steps, faults }: CsvPlan,
  by: By,
): Promise<void> {
  const [fault] = faults
  if (fault !== undefined) {
    throw new LanyardError('ERR_CSV', `line ${fault.line}: ${fault.sentence}`)
  }
  await keepAnAdmin(tx, context.adminGroup, async () => {
    for (const step of steps) {
      if (step.kind === 'user') await performUser(tx, context, step, by)
      else await performGroup(tx, context, step, by)
    }
    // Only now is every group there that another contains.
    for (const step of steps) if (step.kind === 'group') await nest(tx, context, step, by)
  })
}

async function performUser(
  tx: Transaction,
  context: Context,
  step: UserStep,
  by: By,
): Promise<void> {
  const { name, displayName, email, status } = step
  const profile = {
    ...(displayName === undefined ? {} : { displayName }),
    ...(email === undefined ? {} : { email }),
  }
  if (step.isNew) {
    const id = await insertUser(tx, parseUser({ username: name, ...profile }), context.clock())
    const target = targetOf({ id, username: name })
    const detail = { imported: true }
    await recordEvent(tx, context.clock, { type: 'user.added', by, target, detail })
  } else if (Object.keys(profile).length > 0) await changeUserIn(tx, context, name, profile, by)
  if (status !== undefined) await setStatus(tx, context, name, status, by)
  for (const group of step.into) {
    await addMember(tx, context, group, { user: name }, { by, endsAt: null })
  }
  for (const group of step.outOf) await removeMember(tx, context, group, { user: name }, by)
}

async function performGroup(
  tx: Transaction,
  context: Context,
  { name, isNew, description }: GroupStep,
  by: By,
): Promise<void> {
  if (isNew) await insertGroup(tx, context, name, description ?? '', by)
  else if (description !== undefined) await changeGroupIn(tx, context, name, { description }, by)
}

async function nest(tx: Transaction, context: Context, step: GroupStep, by: By): Promise<void> {
  for (const group of step.outOf) await removeMember(tx, context, step.name, { group }, by)
  for (const group of step.into) {
    await addMember(tx, context, step.name, { group }, { by, endsAt: null })
  }
}
