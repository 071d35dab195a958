import { z } from 'zod'

/** What the commands about client certificates print with `-o json`. */
export const certificateShapes = {
  ClusterClientCa: z.strictObject({
    cluster: z.string(),
    authorities: z.array(
      z.strictObject({
        id: z.string(),
        state: z.enum(['next', 'active']).describe('whether it signs; `next` does not yet'),
        certificate: z.string().describe('PEM, for the file of --client-ca-file'),
        createdAt: z.iso.datetime(),
        expiresAt: z.iso.datetime(),
      }),
    ),
  }),
  ClusterSigner: z.strictObject({
    cluster: z.string(),
    set: z.boolean().nullable().describe('null with `--rbac`'),
    createdAt: z.iso.datetime().nullable(),
    manifest: z.string().nullable().describe('YAML for `kubectl apply -f -`, with `--rbac`'),
  }),
} as const
