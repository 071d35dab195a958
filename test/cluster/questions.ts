import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { ApiClient } from './api-client.ts'

const userInfo = z.object({
  username: z.string(),
  uid: z.string().optional(),
  groups: z.array(z.string()).optional(),
  extra: z.record(z.string(), z.array(z.string())).optional(),
})
/** Who the apiserver takes somebody for. */
export type UserInfo = z.infer<typeof userInfo>

const auditEvent = z.looseObject({
  verb: z.string(),
  requestURI: z.string(),
  user: userInfo.optional(),
  responseStatus: z.looseObject({ code: z.number().optional() }).optional(),
})
/** One line of the apiserver's audit log: level Metadata, written when the answer is complete. */
export type AuditEvent = z.infer<typeof auditEvent>

export interface Whoami {
  /** 201 for somebody the apiserver knows, 401 for a token that it refuses. */
  readonly status: number
  readonly userInfo: UserInfo | undefined
}

/** What an RBAC rule is asked about. */
export interface Access {
  readonly user: string
  readonly groups?: readonly string[]
  readonly verb: string
  readonly resource: string
  readonly namespace?: string
}

export async function whoami(api: ApiClient, token: string): Promise<Whoami> {
  const { status, body } = await api.ask('/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    method: 'POST',
    token,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  })
  if (status !== 201) return { status, userInfo: undefined }
  return {
    status,
    userInfo: z.object({ status: z.object({ userInfo }) }).parse(body).status.userInfo,
  }
}

export async function isAllowed(api: ApiClient, access: Access): Promise<boolean> {
  const { user, groups, verb, resource, namespace } = access
  const { body } = await api.ask('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    method: 'POST',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user, groups, resourceAttributes: { verb, resource, namespace } },
    },
  })
  return z.object({ status: z.object({ allowed: z.boolean() }) }).parse(body).status.allowed
}

/** Go quotes the reason as JSON does, but for bytes that no reason holds. */
export const refusal = /"Unable to authenticate the request" err=("(?:[^"\\]|\\.)*")/

export function reasonsIn(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const quoted = refusal.exec(line)?.[1]
    return quoted === undefined ? [] : [z.string().parse(JSON.parse(quoted))]
  })
}

export async function readAuditLog(path: string): Promise<AuditEvent[]> {
  const lines = (await readFile(path, 'utf8')).split('\n')
  // The last piece is empty, or a line still being written.
  return lines.slice(0, -1).map((line) => auditEvent.parse(JSON.parse(line)))
}
