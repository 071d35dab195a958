import { randomBytes } from 'node:crypto'
import type { Store, Transaction } from '../../db/index.ts'
import { ANY_SIGN_IN } from '../access/index.ts'
import type { AuditDetail, AuditType } from '../audit/index.ts'
import { type By, type Clock, LanyardError } from '../errors/index.ts'
import { quoteName } from '../kubernetes/index.ts'
import { changeAllowed, type GroupList } from './allowed-groups.ts'
import { getApplication, readApplications } from './application-rows.ts'
import { buryClientId, findGroups, refuseTakenClientId } from './client-ids.ts'
import { makeSecret } from './client-secret.ts'
import { parseAudience, parseLabel, parseSigningAlg } from './cluster-values.ts'
import { parseBackchannelLogoutUri, parseRedirectUris } from './redirect-uris.ts'
import { parsePolicy, policyColumns } from './sign-in-policy.ts'
import { readLastSignIns } from './traffic.ts'
import type { Application, ApplicationChange, Applications, NewApplication } from './types.ts'
import { concludeChange, writeUnits } from './write-unit.ts'

export function createApplications({
  store,
  clock,
}: {
  readonly store: Store
  readonly clock: Clock
}): Applications {
  const unit = writeUnits({ store, clock })
  return {
    add: unit(addApplication),
    change: unit(changeApplication),
    delete: unit(deleteApplication),
    allow: unit(changeAllowed(allowedGroups, 'allowed')),
    disallow: unit(changeAllowed(allowedGroups, 'disallowed')),
    rotateSecret: unit(rotateSecret),
    list: () => readApplications(store.query),
    lastSignIns: () => readLastSignIns(store.query),
    find: async (name) => (await readApplications(store.query, name))[0],
    get: (name) => getApplication(store.query, name),
  }
}

async function addApplication(
  tx: Transaction,
  clock: Clock,
  application: NewApplication,
  by: By,
): Promise<{ application: Application; secret: string | null }> {
  const name = parseLabel('application', application.name)
  const clientId = parseAudience(application.clientId ?? name)
  await refuseTakenName(tx, name)
  await refuseTakenClientId(tx, clientId)
  const groups = await findGroups(tx, application.groups ?? [])
  const { secret, secretHash } =
    application.public === true ? { secret: null, secretHash: null } : makeSecret()
  const id = randomBytes(16).toString('hex')
  const redirectUris = parseRedirectUris(application.redirectUris, { atLeastOne: true })
  const afterLogout = parseRedirectUris(application.postLogoutRedirectUris ?? [], {
    atLeastOne: false,
  })
  await tx.query
    .insertInto('applications')
    .values({
      id,
      name,
      client_id: clientId,
      secret_hash: secretHash,
      redirect_uris: JSON.stringify(redirectUris),
      post_logout_redirect_uris: JSON.stringify(afterLogout),
      backchannel_logout_uri: parseBackchannelLogoutUri(application.backchannelLogoutUri ?? null),
      signing_alg: parseSigningAlg(application.signingAlg ?? 'RS256'),
      everyone: application.everyone === true ? 1 : 0,
      ...policyColumns({
        policy: parsePolicy(application.policy ?? ANY_SIGN_IN),
        stepUp: application.stepUp ?? 'withhold',
      }),
      created_at: clock(),
    })
    .execute()
  for (const group of groups) await insertGroup(tx, id, group.id)
  const added = await getApplication(tx.query, name)
  const detail = { redirectUris, everyone: added.everyone, groups: added.groups }
  await conclude(tx, clock, 'application.added', added, by, detail)
  return { application: added, secret }
}

async function changeApplication(
  tx: Transaction,
  clock: Clock,
  name: string,
  change: ApplicationChange,
  by: By,
): Promise<Application> {
  const before = await getApplication(tx.query, name)
  const after = merge(before, change)
  const changed = (Object.keys(change) as (keyof ApplicationChange)[]).filter(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]),
  )
  if (changed.length === 0) return before
  if (after.name !== before.name) await refuseTakenName(tx, after.name)
  await tx.query
    .updateTable('applications')
    .set({
      name: after.name,
      redirect_uris: JSON.stringify(after.redirectUris),
      post_logout_redirect_uris: JSON.stringify(after.postLogoutRedirectUris),
      backchannel_logout_uri: after.backchannelLogoutUri,
      signing_alg: after.signingAlg,
      everyone: after.everyone ? 1 : 0,
      ...policyColumns(after),
    })
    .where('id', '=', before.id)
    .execute()
  await conclude(tx, clock, 'application.changed', after, by, {
    changed,
    ...(after.name === before.name ? {} : { formerName: before.name }),
  })
  return after
}

function merge(before: Application, change: ApplicationChange): Application {
  const uris = change.redirectUris
  const afterLogout = change.postLogoutRedirectUris
  const { backchannelLogoutUri } = change
  return {
    ...before,
    name: change.name === undefined ? before.name : parseLabel('application', change.name),
    redirectUris:
      uris === undefined ? before.redirectUris : parseRedirectUris(uris, { atLeastOne: true }),
    postLogoutRedirectUris:
      afterLogout === undefined
        ? before.postLogoutRedirectUris
        : parseRedirectUris(afterLogout, { atLeastOne: false }),
    backchannelLogoutUri:
      backchannelLogoutUri === undefined
        ? before.backchannelLogoutUri
        : parseBackchannelLogoutUri(backchannelLogoutUri),
    signingAlg: parseSigningAlg(change.signingAlg ?? before.signingAlg),
    everyone: change.everyone ?? before.everyone,
    policy: parsePolicy(change.policy ?? before.policy),
    stepUp: change.stepUp ?? before.stepUp,
  }
}

async function deleteApplication(
  tx: Transaction,
  clock: Clock,
  name: string,
  by: By,
): Promise<void> {
  const application = await getApplication(tx.query, name)
  await tx.query.deleteFrom('applications').where('id', '=', application.id).execute()
  await buryClientId(tx, application.clientId, clock())
  await conclude(tx, clock, 'application.deleted', application, by, {})
}

async function rotateSecret(
  tx: Transaction,
  clock: Clock,
  name: string,
  by: By,
): Promise<{ application: Application; secret: string }> {
  const application = await getApplication(tx.query, name)
  if (application.public) {
    throw new LanyardError(
      'ERR_APPLICATION_PUBLIC',
      `application ${quoteName(name)} is public and has no secret`,
    )
  }
  const { secret, secretHash } = makeSecret()
  await tx.query
    .updateTable('applications')
    .set({ secret_hash: secretHash })
    .where('id', '=', application.id)
    .execute()
  await conclude(tx, clock, 'application.secret_rotated', application, by, {})
  return { application, secret }
}

const allowedGroups: GroupList<Application> = {
  get: getApplication,
  insert: insertGroup,
  remove: (tx, id, groupId) =>
    tx.query
      .deleteFrom('application_groups')
      .where('application_id', '=', id)
      .where('group_id', '=', groupId)
      .execute(),
  conclude: (tx, clock, application, by, detail) =>
    conclude(tx, clock, 'application.changed', application, by, detail),
}

async function insertGroup(tx: Transaction, id: string, groupId: string): Promise<void> {
  await tx.query
    .insertInto('application_groups')
    .values({ application_id: id, group_id: groupId })
    .execute()
}

function conclude(
  tx: Transaction,
  clock: Clock,
  type: AuditType,
  { id, name, clientId }: Application,
  by: By,
  detail: AuditDetail,
): Promise<void> {
  const target = { kind: 'application', id, name } as const
  return concludeChange(tx, clock, { type, by, target, clientId, detail })
}

async function refuseTakenName(tx: Transaction, name: string): Promise<void> {
  const [application] = await readApplications(tx.query, name)
  if (application === undefined) return
  throw new LanyardError('ERR_APPLICATION_EXISTS', `application ${quoteName(name)} exists already`)
}
