import { z } from 'zod'
import {
  type Explanation,
  issuerKinds,
  type MachineRule,
  type TrustedIssuer,
} from '../machines/index.ts'

const text = () => z.string()
const time = () => z.iso.datetime()

const rule = z.strictObject({
  id: text().describe('the `sub` of its tokens, and the first part of every `jti`'),
  name: text(),
  issuer: text().describe('the name of a trusted issuer'),
  audience: text().describe('what `aud` must be'),
  otherAudiences: z.boolean().describe('whether `aud` may name others beside it'),
  claims: z.array(
    z.strictObject({
      claim: text().describe('a name, or a JSON pointer where it begins with `/`'),
      kind: z.enum(['exact', 'glob']),
      value: z.union([text(), z.number(), z.boolean()]),
    }),
  ),
  username: text().describe('what Kubernetes sees'),
  groups: z.array(text()),
  clusters: z.array(text()),
  lifetime: z.int().describe('seconds'),
  enabled: z.boolean(),
  createdAt: time(),
  lastUsedAt: time().nullable().describe('to the hour'),
})

/** The documented shapes of `lanyard machine`. */
export const machineShapes = {
  TrustedIssuer: z.strictObject({
    id: text(),
    name: text(),
    preset: z.enum(issuerKinds),
    issuer: text().describe('exactly as `iss` has it'),
    jwksUri: text().nullable().describe('where its keys are; null where it says so itself'),
    hasKeys: z.boolean().describe('whether its keys were given, and nobody is asked'),
    certificateAuthority: text().nullable().describe('PEM'),
    singleUse: z.boolean().describe('whether a token is exchanged once'),
    createdAt: time(),
  }),
  MachineRule: rule,
  MachineExplanation: z.strictObject({
    issuer: text().nullable().describe('the trusted issuer that the token names'),
    faults: z
      .array(z.strictObject({ reason: text(), sentence: text() }))
      .describe('what is wrong with the token itself'),
    rules: z.array(
      z.strictObject({
        name: text(),
        faults: z.array(text()).describe('every reason against it; none where it matches'),
      }),
    ),
    matches: z.array(text()).describe('names of the rules that let it in; two are one too many'),
  }),
} as const

type Shape<Name extends keyof typeof machineShapes> = z.infer<(typeof machineShapes)[Name]>

export function issuerShape(from: TrustedIssuer): Shape<'TrustedIssuer'> {
  const { id, name, kind, issuer, jwksUri, certificateAuthority, singleUse } = from
  return {
    ...{ id, name, preset: kind, issuer, jwksUri, hasKeys: from.jwks !== null },
    ...{ certificateAuthority, singleUse, createdAt: rfc3339(from.createdAt) },
  }
}

export function ruleShape(from: MachineRule): Shape<'MachineRule'> {
  const { id, name, audience, otherAudiences, username, lifetime, enabled } = from
  return {
    ...{ id, name, issuer: from.issuer.name, audience, otherAudiences },
    claims: from.pins.map(({ claim, kind, value }) => ({ claim, kind, value })),
    ...{ username, groups: [...from.groups], clusters: from.clusters.map((each) => each.name) },
    ...{ lifetime, enabled, createdAt: rfc3339(from.createdAt) },
    lastUsedAt: from.lastUsedAt === null ? null : rfc3339(from.lastUsedAt),
  }
}

export function explanationShape(from: Explanation): Shape<'MachineExplanation'> {
  return {
    issuer: from.issuer?.name ?? null,
    faults: from.faults.map(({ reason, sentence }) => ({ reason, sentence })),
    rules: from.rules.map((each) => ({ name: each.rule.name, faults: [...each.faults] })),
    matches: [...from.matches],
  }
}

function rfc3339(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z')
}
