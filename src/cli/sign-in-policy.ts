import { type Command, Option } from 'commander'
import type { SignInPolicy, StepUp } from '../access/index.ts'
import { readDuration, timeText } from './duration.ts'

/** What a cluster or an application asks of a sign-in, as options say it. */
export interface PolicyOptions {
  readonly factors?: SignInPolicy['factors']
  readonly maxAge?: string
  readonly stepUp?: StepUp
}

export function withPolicy(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--factors <factors>',
        'what a sign-in must have been before a token is issued',
      ).choices(['any', 'two', 'passkey']),
    )
    .option('--max-age <time>', 'how old that sign-in may be: 15m, 12h, or none')
    .addOption(
      new Option(
        '--step-up <how>',
        'where a group asks for more: a token without that group, or none',
      ).choices(['refuse', 'withhold']),
    )
}

/** What changes; nothing where no option is about it. */
export function policyChange(
  { factors, maxAge, stepUp }: PolicyOptions,
  before: SignInPolicy,
): { readonly policy?: SignInPolicy; readonly stepUp?: StepUp } {
  const policy = {
    factors: factors ?? before.factors,
    maxAge: maxAge === undefined ? before.maxAge : timeOrNone('--max-age', maxAge),
  }
  return {
    ...(factors === undefined && maxAge === undefined ? {} : { policy }),
    ...(stepUp === undefined ? {} : { stepUp }),
  }
}

export function timeOrNone(option: string, text: string): number | null {
  return text === 'none' ? null : readDuration(option, text)
}

export function policyText({ policy: { factors, maxAge } }: { policy: SignInPolicy }): string {
  const age = maxAge === null ? '' : `, at most ${timeText(maxAge)} old`
  return `${{ any: 'any', two: 'two factors', passkey: 'a passkey' }[factors]}${age}`
}
