import { LanyardError } from '../errors/index.ts'
import { parseTokens } from './api-documents.ts'
import type { Session } from './session.ts'

/** `kubectl lanyard token …`, as it was typed. */
export type TokenCommand =
  | {
      readonly kind: 'create'
      readonly name: string
      /** Null for every cluster that the person may enter. */
      readonly clusters: readonly string[] | null
      /** Null for all of the person's groups. */
      readonly groups: readonly string[] | null
      /** Seconds; the longest that the admin allows where absent. */
      readonly lifetime: number | undefined
    }
  | { readonly kind: 'list' }
  | { readonly kind: 'revoke'; readonly id: string }

interface TokenLine {
  readonly args: readonly string[]
  readonly clusters: readonly string[]
  readonly everyCluster: boolean
  readonly groups: readonly string[]
  readonly expires: string | undefined
}

const UNITS: Readonly<Record<string, number>> = { m: 60, h: 3_600, d: 86_400 }

/** Reads what stands after `token`. Throws ERR_USAGE. */
export function readTokenCommand(line: TokenLine): TokenCommand {
  const [kind, value, ...rest] = line.args
  if (rest.length > 0) throw wrong(`unexpected argument "${rest.at(-1)}"`)
  if (kind === 'list' && value === undefined) return { kind }
  if (kind === 'revoke') {
    if (value === undefined) throw wrong('token revoke needs the id that token list shows')
    return { kind, id: value }
  }
  if (kind !== 'create') throw wrong('token is followed by create NAME, list, or revoke ID')
  if (value === undefined) throw wrong('token create needs a name, such as "backup job"')
  if (line.clusters.length > 0 === line.everyCluster) {
    throw wrong('token create needs --cluster NAME, or --every-cluster')
  }
  return {
    ...{ kind, name: value, clusters: line.everyCluster ? null : line.clusters },
    groups: line.groups.length === 0 ? null : line.groups,
    lifetime: line.expires === undefined ? undefined : secondsOf(line.expires),
  }
}

function secondsOf(text: string): number {
  const [, amount, unit = ''] = /^(\d{1,5})([mhd])$/.exec(text) ?? []
  if (amount === undefined) throw wrong(`--expires is like 12h or 90d, not "${text}"`)
  return Number(amount) * (UNITS[unit] ?? 1)
}

function wrong(message: string): LanyardError {
  return new LanyardError('ERR_USAGE', message, { hint: 'run: kubectl lanyard --help' })
}

/** What a command leaves to be printed: the value alone on stdout, or a table; the rest is told. */
export interface TokenOutput {
  print(text: string): void
  table(rows: readonly (readonly string[])[]): void
  tell(sentence: string): void
}

/** Does it at the issuer, after a login where there is none. */
export async function runTokenCommand(
  command: TokenCommand,
  session: Session,
  output: TokenOutput,
): Promise<void> {
  if (command.kind === 'create') {
    const { name, clusters, groups, lifetime } = command
    const body = { name, clusters, groups, ...(lifetime === undefined ? {} : { lifetime }) }
    const made = await session.withFreshLogin(() =>
      session.withApi('choose', (call) => call('tokens', body)),
    )
    const { token, value } = made as { token?: unknown; value?: unknown }
    const [row] = parseTokens({ tokens: [token] })
    if (typeof value !== 'string' || row === undefined) {
      throw new LanyardError('ERR_ANSWER_INVALID', 'the issuer\'s answer has no valid "value"')
    }
    output.print(`${value}\n`)
    output.tell(`access token ${row.id} is good until ${row.expiresAt}; it is shown this once`)
    return
  }
  if (command.kind === 'revoke') {
    await session.withApi('choose', (call) => call('tokens/revoke', { id: command.id }))
    output.tell(`access token ${command.id} revoked`)
    return
  }
  const tokens = parseTokens(await session.withApi('choose', (call) => call('tokens')))
  output.table([
    ['TOKEN', 'NAME', 'ENDS IN', 'CLUSTERS', 'GROUPS', 'LAST USED', 'UNTIL'],
    ...tokens.map((token) => [
      ...[token.id, token.name, token.hint, token.clusters?.join(',') ?? 'all'],
      ...[token.groups?.join(',') ?? 'all', token.lastUsedAt ?? 'never', token.expiresAt],
    ]),
  ])
}
