import { LanyardError } from '../errors/index.ts'
import type { IssuerKind, Pin } from './types.ts'

interface Width {
  /** Claims of which one must be pinned exactly. */
  readonly anyOf: readonly string[]
  /** How an exact `sub` begins where it says the same; absent where it does not count. */
  readonly sub?: RegExp
  /** Whose tokens it would take otherwise. */
  readonly whose: string
}

/**
 * Everybody has an account with these issuers: a rule without one of these pins would let in tokens that its writer never
 * thought of. `environment`, `ref` or a workflow's path name no owner: anybody can have one of the same name.
 */
const WIDTHS: Readonly<Record<Exclude<IssuerKind, 'oidc'>, Width>> = {
  github: {
    anyOf: ['repository', 'repository_id', 'repository_owner', 'repository_owner_id'],
    sub: /^(repo|repository|repository_id|repository_owner|repository_owner_id):[^:]/,
    whose: 'every repository on GitHub',
  },
  gitlab: {
    anyOf: ['project_path', 'project_id', 'namespace_path', 'namespace_id'],
    sub: /^(project_path|project_id|namespace_path|namespace_id):[^:]/,
    whose: 'every project of that GitLab',
  },
  buildkite: {
    anyOf: ['organization_slug', 'organization_id', 'pipeline_id'],
    sub: /^organization:[^:]/,
    whose: 'every organization on Buildkite',
  },
  kubernetes: {
    anyOf: [],
    sub: /^system:serviceaccount:[^:]+:[^:]+$/,
    whose: 'every pod of that cluster',
  },
}

/** Audiences that tokens carry for others, or for nobody in particular: whoever is shown one could bring it here. */
const SHARED_AUDIENCES: Readonly<Partial<Record<IssuerKind, RegExp>>> = {
  github: /^https:\/\/github\.com(\/|$)/,
  kubernetes: /^(https:\/\/kubernetes\.default(\.|$|\/|:)|api$)/,
}

/** @throws LanyardError ERR_RULE_TOO_WIDE for a rule that would match tokens of people whom nobody named */
export function refuseWide(
  { kind, issuer }: { readonly kind: IssuerKind; readonly issuer: string },
  { audience, pins }: { readonly audience: string; readonly pins: readonly Pin[] },
): void {
  if (SHARED_AUDIENCES[kind]?.test(audience) === true || audience === issuer) {
    throw new LanyardError(
      'ERR_RULE_TOO_WIDE',
      `audience "${audience}" is what its tokens carry for others too`,
      { hint: 'ask for tokens with an audience of their own: the address of Lanyard' },
    )
  }
  const exact = pins.filter((pin) => pin.kind === 'exact')
  if (kind === 'oidc') {
    if (exact.length > 0) return
    throw tooWide('every subject of that issuer', 'pin at least one claim exactly: --claim sub=…')
  }
  const { anyOf, sub, whose } = WIDTHS[kind]
  const pinned = exact.some(
    ({ claim, value }) =>
      anyOf.includes(claim) || (claim === 'sub' && typeof value === 'string' && sub?.test(value)),
  )
  if (pinned) return
  throw tooWide(whose, `pin one of these exactly with --claim: ${[...anyOf, 'sub'].join(', ')}`)
}

function tooWide(whose: string, hint: string): LanyardError {
  return new LanyardError(
    'ERR_RULE_TOO_WIDE',
    `this rule would match tokens of ${whose}: claims that name no owner do not count`,
    { hint },
  )
}
