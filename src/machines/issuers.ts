import type { Queries, Transaction } from '../../db/index.ts'
import { type AuditType, recordEvent } from '../audit/index.ts'
import { parseCertificateAuthority } from '../clusters/index.ts'
import { type By, type Clock, LanyardError } from '../errors/index.ts'
import { quoteName } from '../kubernetes/index.ts'
import { newId, parseName } from './identifiers.ts'
import { parseKeySet } from './key-set.ts'
import { isOwnIssuer } from './own-issuer.ts'
import type { IssuerKind, NewIssuer, TrustedIssuer } from './types.ts'

/** Where everybody's issuer of that kind is. */
const KNOWN: Readonly<Partial<Record<IssuerKind, string>>> = {
  github: 'https://token.actions.githubusercontent.com',
  gitlab: 'https://gitlab.com',
  buildkite: 'https://agent.buildkite.com',
}
/** Their tokens stand still while they are good: a pod's in a file, GitLab's in a variable of the job. */
const REUSED: ReadonlySet<IssuerKind> = new Set(['kubernetes', 'gitlab'])

export async function addIssuer(
  tx: Transaction,
  clock: Clock,
  own: string,
  given: NewIssuer,
  by: By,
): Promise<TrustedIssuer> {
  const name = parseName('issuer', given.name)
  const issuer = parseIssuer(given.issuer ?? (given.kind && KNOWN[given.kind]), own)
  const kind = kindOf(issuer, given.kind)
  const { jwks, jwksUri, certificateAuthority: ca } = given
  if (jwks !== undefined && jwksUri !== undefined) {
    throw invalid('the keys are either in a file or at an address, not both')
  }
  const taken = (await readIssuers(tx.query)).find(
    (each) => each.name === name || each.issuer === issuer,
  )
  if (taken !== undefined) {
    const what = taken.name === name ? quoteName(name) : `${quoteName(taken.name)} with ${issuer}`
    throw new LanyardError('ERR_ISSUER_EXISTS', `issuer ${what} exists already`)
  }
  const added: TrustedIssuer = {
    ...{ id: newId('i'), name, kind, issuer, createdAt: clock() },
    jwksUri: jwksUri === undefined ? null : parseHttps('the address of the keys', jwksUri),
    jwks: jwks === undefined ? null : JSON.stringify({ keys: parseKeySet(jwks) }),
    certificateAuthority: ca === undefined ? null : parseCertificateAuthority(ca),
    singleUse: given.singleUse ?? !REUSED.has(kind),
  }
  await tx.query
    .insertInto('trusted_issuers')
    .values({
      ...{ id: added.id, name, kind, issuer, created_at: added.createdAt },
      jwks_uri: added.jwksUri,
      jwks: added.jwks,
      certificate_authority: added.certificateAuthority,
      single_use: added.singleUse ? 1 : 0,
    })
    .execute()
  await record(tx, clock, 'machine.issuer_added', added, by)
  return added
}

export async function removeIssuer(
  tx: Transaction,
  clock: Clock,
  name: string,
  by: By,
): Promise<void> {
  const issuer = await getIssuer(tx.query, name)
  const rules = await tx.query
    .selectFrom('machine_rules')
    .where('issuer_id', '=', issuer.id)
    .select('name')
    .orderBy('name')
    .execute()
  if (rules.length > 0) {
    throw new LanyardError(
      'ERR_ISSUER_IN_USE',
      `issuer ${quoteName(name)} is named by rules: ${rules.map((rule) => rule.name).join(', ')}`,
      { hint: 'remove them first: lanyard machine rule remove NAME' },
    )
  }
  await tx.query.deleteFrom('trusted_issuers').where('id', '=', issuer.id).execute()
  await record(tx, clock, 'machine.issuer_removed', issuer, by)
}

export async function readIssuers(query: Pick<Queries, 'selectFrom'>): Promise<TrustedIssuer[]> {
  const rows = await query.selectFrom('trusted_issuers').selectAll().orderBy('name').execute()
  return rows.map((row) => ({
    ...{ id: row.id, name: row.name, kind: row.kind, issuer: row.issuer },
    ...{ jwksUri: row.jwks_uri, jwks: row.jwks },
    certificateAuthority: row.certificate_authority,
    singleUse: row.single_use === 1,
    createdAt: row.created_at,
  }))
}

/** Throws ERR_TRUSTED_ISSUER_UNKNOWN. */
export async function getIssuer(
  query: Pick<Queries, 'selectFrom'>,
  name: string,
): Promise<TrustedIssuer> {
  const found = (await readIssuers(query)).find((each) => each.name === name)
  if (found !== undefined) return found
  throw new LanyardError('ERR_TRUSTED_ISSUER_UNKNOWN', `no issuer is named ${quoteName(name)}`, {
    hint: 'lanyard machine issuer list shows them all',
  })
}

function parseIssuer(issuer: string | undefined, own: string): string {
  if (issuer === undefined) throw invalid('the address of the issuer is missing')
  parseHttps('the issuer', issuer)
  // It is compared byte by byte with `iss`, so one spelling alone can be right.
  const { href } = new URL(issuer)
  if (href !== issuer && href !== `${issuer}/`) {
    throw invalid(`the issuer ${quoteName(issuer)} would be spelt ${quoteName(href)}`)
  }
  if (isOwnIssuer(issuer, own)) {
    throw invalid('the issuer is Lanyard itself, and its own tokens are never exchanged')
  }
  return issuer
}

function parseHttps(what: string, address: string): string {
  const url = URL.canParse(address) ? new URL(address) : null
  if (url?.protocol !== 'https:') {
    throw invalid(`${what} ${quoteName(address)} does not begin with https://`)
  }
  if (url.username !== '' || url.password !== '' || url.hash !== '') {
    throw invalid(`${what} has a user name or a fragment`)
  }
  if (what === 'the issuer' && url.search !== '') throw invalid(`${what} has a query`)
  return address
}

/** An issuer that everybody has an account with keeps its rules, whatever it is called here. */
function kindOf(issuer: string, given: IssuerKind | undefined): IssuerKind {
  const plain = issuer.replace(/\/$/, '')
  const known = (Object.keys(KNOWN) as IssuerKind[]).find((kind) => KNOWN[kind] === plain)
  // GitHub gives every enterprise that asks an address of its own below this one.
  const isGithub = plain.startsWith(`${KNOWN.github}/`)
  const kind = known ?? (isGithub ? 'github' : undefined)
  if (kind !== undefined && given !== undefined && given !== kind) {
    throw invalid(`${issuer} is of the preset ${kind}, not ${given}`)
  }
  return kind ?? given ?? 'oidc'
}

function record(
  tx: Transaction,
  clock: Clock,
  type: AuditType,
  { id, name, issuer, kind }: TrustedIssuer,
  by: By,
): Promise<void> {
  const target = { kind: 'machine', id, name } as const
  return recordEvent(tx, clock, { type, by, target, detail: { issuer, kind } })
}

function invalid(sentence: string): LanyardError {
  return new LanyardError('ERR_ISSUER_INVALID', sentence)
}
