import { z } from 'zod'
import type { AccessToken } from '../access-tokens/index.ts'

const text = () => z.string()
const time = () => z.iso.datetime()

const faults = () =>
  z.array(z.strictObject({ line: z.int().describe('of the file, from 1'), sentence: text() }))

/** The documented shapes of `lanyard token` and `lanyard import`. */
export const tokenShapes = {
  AccessToken: z.strictObject({
    id: text(),
    user: text(),
    name: text(),
    hint: text().describe('its last characters; empty where it is too short to show any'),
    imported: z.boolean(),
    clusters: z.array(text()).nullable().describe('null: every cluster that its owner may enter'),
    groups: z.array(text()).nullable().describe('null: all groups of its owner'),
    createdAt: time(),
    expiresAt: time(),
    lastUsedAt: time().nullable().describe('to the hour'),
  }),
  Import: z.strictObject({
    dryRun: z.boolean(),
    lines: z.int().describe('that are taken over'),
    users: z.array(text()),
    groups: z.array(text()),
    usersAdded: z.int(),
    secretsAdded: z
      .int()
      .describe('tokens or passwords; those that were there already not counted'),
    faults: faults().describe('with any of them nothing is done'),
    warnings: faults(),
  }),
} as const

export function accessTokenShape(from: AccessToken): z.output<typeof tokenShapes.AccessToken> {
  const { id, username: user, name, hint, imported, clusters, groups } = from
  const iso = (at: number) => new Date(at).toISOString()
  return {
    ...{ id, user, name, hint, imported },
    clusters: clusters === null ? null : [...clusters],
    groups: groups === null ? null : [...groups],
    createdAt: iso(from.createdAt),
    expiresAt: iso(from.expiresAt),
    lastUsedAt: from.lastUsedAt === null ? null : iso(from.lastUsedAt),
  }
}
