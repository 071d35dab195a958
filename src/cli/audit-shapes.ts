import { z } from 'zod'
import type { AuditExport, AuditVerification } from '../audit/index.ts'

const text = () => z.string()

const head = () =>
  z
    .strictObject({ id: text(), hash: text() })
    .nullable()
    .describe('the last event: note it elsewhere, for `--head`')

/** The documented shapes of `lanyard audit verify` and `export`. */
export const auditShapes = {
  AuditVerification: z.strictObject({
    sound: z.boolean(),
    events: z.int().describe('that were looked at'),
    firstId: text().nullable(),
    head: head(),
    deletedUpTo: text().nullable().describe('the last event that `audit.retention` has deleted'),
    beganAt: z.iso
      .datetime()
      .nullable()
      .describe('when the chain began: what is older is proved from then on'),
    olderUpTo: text().nullable().describe('the last event from before, where it is still kept'),
    faultCount: z.int(),
    faults: z
      .array(
        z.strictObject({
          kind: z.enum(['changed', 'removed', 'inserted', 'rewritten', 'unsealed']),
          id: text()
            .nullable()
            .describe('of the event; of the first that is missing; null where a line is none'),
          sentence: text(),
        }),
      )
      .describe('the first hundred'),
  }),
  AuditExport: z.strictObject({
    file: text(),
    events: z.int().describe('that were appended'),
    head: head(),
  }),
} as const

export function verificationShape(
  from: AuditVerification,
): z.output<typeof auditShapes.AuditVerification> {
  const { faults, beganAt, head: last, ...rest } = from
  return {
    sound: from.faultCount === 0,
    ...rest,
    head: last,
    beganAt: beganAt === null ? null : new Date(beganAt).toISOString(),
    faults: [...faults],
  }
}

export function exportShape(
  file: string,
  { events, head: last }: AuditExport,
): z.output<typeof auditShapes.AuditExport> {
  return { file, events, head: last }
}
