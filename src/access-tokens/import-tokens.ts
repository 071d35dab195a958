import type { Store } from '../../db/index.ts'
import type { Clusters } from '../clusters/index.ts'
import type { Directory } from '../directory/index.ts'
import { type By, type Clock, LanyardError } from '../errors/index.ts'
import { type ImportFile, type ImportLine, type LineFault, readImportFile } from './import-file.ts'
import { insertToken, parseLifetime } from './keep.ts'
import { hashTokenValue } from './token-value.ts'
import type { AccessTokenPolicy, ImportReport, ImportRequest } from './types.ts'

export interface ImportRooms {
  readonly store: Store
  readonly clock: Clock
  readonly directory: Pick<Directory, 'imports' | 'passwordFaults'>
  readonly clusters: Pick<Clusters, 'get'>
  readonly policy: AccessTokenPolicy
}

/** Takes over a token file: all of it, or nothing where a line has a fault. Twice is as good as once. */
export async function importTokenFile(
  rooms: ImportRooms,
  { text, clusters, lifetime, dryRun }: ImportRequest,
  by: By,
): Promise<ImportReport> {
  const read = readImportFile(text, 'token')
  const file = { ...read, faults: [...read.faults, ...(await foreignTokens(rooms.store, read))] }
  const found = clusters === null ? null : await Promise.all(clusters.map(rooms.clusters.get))
  const clusterIds = found?.map(({ id }) => id) ?? null
  const expiresAt = rooms.clock() + parseLifetime(rooms.policy, lifetime) * 1000
  if (dryRun || file.faults.length > 0) return reportOf(file, { users: 0, secrets: 0 })
  return rooms.store.write(async (tx) => {
    const counts = { users: 0, secrets: 0 }
    for (const line of file.lines) {
      const { username, groups, uid } = line
      const person = { username, groups, password: null }
      const { userId, isNew } = await rooms.directory.imports.put(tx, person, by)
      if (isNew) counts.users += 1
      const known = await tx.query
        .selectFrom('access_tokens')
        .select('user_id')
        .where('hash', '=', hashTokenValue(line.secret))
        .executeTakeFirst()
      if (known !== undefined) {
        refuseForeign(known.user_id === userId, line)
        continue
      }
      const importedUid = uid === '' ? null : uid
      await insertToken(
        tx,
        rooms.clock,
        {
          ...{ userId, value: line.secret, importedUid, imported: true, groups, clusterIds },
          ...{ name: `line ${line.line} of a token file`, expiresAt },
        },
        by,
      )
      counts.secrets += 1
    }
    return reportOf(file, counts)
  })
}

/** Takes over a password file: people sign in with what they have, and choose anew where it is too weak. */
export async function importPasswordFile(
  rooms: ImportRooms,
  { text, dryRun }: Pick<ImportRequest, 'text' | 'dryRun'>,
  by: By,
): Promise<ImportReport> {
  const { directory } = rooms
  const file = readImportFile(text, 'password')
  if (dryRun || file.faults.length > 0) return reportOf(file, { users: 0, secrets: 0 })
  const people: { line: ImportLine; password: { hash: string; mustChange: boolean } }[] = []
  // Hashing waits for other threads, so it comes before the write; one after another, as each takes 19 MiB.
  for (const line of file.lines) {
    const mustChange = directory.passwordFaults(line.secret, line).length > 0
    people.push({
      line,
      password: { hash: await directory.imports.hashPassword(line.secret), mustChange },
    })
  }
  return rooms.store.write(async (tx) => {
    const counts = { users: 0, secrets: 0 }
    for (const { line, password } of people) {
      const { username, groups } = line
      const put = await directory.imports.put(tx, { username, groups, password }, by)
      if (put.isNew) counts.users += 1
      if (put.hasPassword) counts.secrets += 1
    }
    return reportOf(file, counts)
  })
}

/** Told with the other faults, and by a dry run too; what another import does meanwhile is refused in the write. */
async function foreignTokens(store: Store, { lines }: ImportFile): Promise<LineFault[]> {
  const faults: LineFault[] = []
  for (const { line, secret, username } of lines) {
    const known = await store.query
      .selectFrom('access_tokens')
      .innerJoin('users', 'users.id', 'access_tokens.user_id')
      .select('users.username')
      .where('access_tokens.hash', '=', hashTokenValue(secret))
      .executeTakeFirst()
    if (known !== undefined && known.username !== username) {
      faults.push({ line, sentence: `has a token that is ${known.username}'s already` })
    }
  }
  return faults
}

function refuseForeign(isOwners: boolean, { line }: ImportLine): void {
  if (isOwners) return
  throw new LanyardError(
    'ERR_IMPORT_FILE',
    `line ${line} has a token that is another user's already`,
    {
      hint: 'lanyard token list shows whose, and lanyard token revoke ends it',
    },
  )
}

function reportOf(file: ImportFile, counts: { users: number; secrets: number }): ImportReport {
  const { faults, warnings, lines } = file
  const groups = new Set(lines.flatMap((line) => line.groups))
  return {
    ...{ faults, warnings, lines: lines.length, groups: [...groups].sort() },
    usernames: [...new Set(lines.map(({ username }) => username))].sort(),
    ...{ usersAdded: counts.users, secretsAdded: counts.secrets },
  }
}
