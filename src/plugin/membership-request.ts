import { LanyardError } from '../errors/index.ts'
import type { TokenOutput } from './access-token.ts'
import { parseMembershipRequests } from './api-documents.ts'
import type { Session } from './session.ts'

/** `kubectl lanyard request …` and `requests …`, as they were typed. */
export type RequestCommand =
  | {
      readonly kind: 'ask'
      readonly group: string
      readonly seconds: number
      readonly reason: string
    }
  | { readonly kind: 'list' }
  | { readonly kind: 'withdraw'; readonly id: string }

interface RequestLine {
  readonly command: string
  readonly args: readonly string[]
  readonly lasting: string | undefined
  readonly reason: string | undefined
}

const UNITS: Readonly<Record<string, number>> = { m: 60, h: 3_600, d: 86_400 }

/** Reads what stands after `request` or `requests`. Throws ERR_USAGE. */
export function readRequestCommand({
  command,
  args,
  lasting,
  reason,
}: RequestLine): RequestCommand {
  const [first, second, ...rest] = args
  if (command === 'requests') {
    if (first === undefined) return { kind: 'list' }
    if (first !== 'withdraw' || second === undefined || rest.length > 0) {
      throw wrong('requests is followed by nothing, or by withdraw ID')
    }
    return { kind: 'withdraw', id: second }
  }
  if (first === undefined || second !== undefined) throw wrong('request needs one group')
  if (lasting === undefined) throw wrong('request needs --for, such as 1h')
  if (reason === undefined) throw wrong('request needs --reason: whoever answers reads it')
  const [, amount, unit = ''] = /^(\d{1,5})([mhd])$/.exec(lasting) ?? []
  if (amount === undefined) throw wrong(`--for is like 30m or 4h, not "${lasting}"`)
  return { kind: 'ask', group: first, seconds: Number(amount) * (UNITS[unit] ?? 1), reason }
}

function wrong(message: string): LanyardError {
  return new LanyardError('ERR_USAGE', message, { hint: 'run: kubectl lanyard --help' })
}

/** Does it at the issuer, after a login where there is none. */
export async function runRequestCommand(
  command: RequestCommand,
  session: Session,
  output: TokenOutput,
): Promise<void> {
  switch (command.kind) {
    case 'ask': {
      const { group, seconds, reason } = command
      await session.withApi('choose', (call) => call('requests', { group, seconds, reason }))
      output.tell(`you have asked for ${group}; an owner of it answers on their account page`)
      return
    }
    case 'withdraw':
      await session.withApi('choose', (call) => call('requests/withdraw', { id: command.id }))
      output.tell(`request ${command.id} withdrawn`)
      return
    case 'list': {
      const { groups, requests } = parseMembershipRequests(
        await session.withApi('choose', (call) => call('requests')),
      )
      output.table([
        ['REQUEST', 'GROUP', 'STATE', 'BY', 'UNTIL', 'REASON'],
        ...requests.map((request) => [
          ...[request.id, request.group, request.state, request.decidedBy ?? ''],
          ...[request.endsAt ?? '', request.reason],
        ]),
      ])
      const names = groups.map(({ name, longestSeconds }) => `${name} (${longestSeconds / 60}m)`)
      output.tell(`you may ask for: ${names.join(', ') || 'nothing'}`)
    }
  }
}
