/** Who Lanyard says that a token's holder is, as the apiserver is to see them. */
export interface Person {
  readonly username: string
  readonly uid: string | null
  readonly groups: readonly string[]
  readonly extra: Readonly<Record<string, readonly string[]>>
}

/** What a client is told instead of being let through: the fields of a Kubernetes `Status`. */
export interface Refusal {
  readonly kind: 'refused'
  readonly status: number
  /** `reason` of metav1.Status: clients switch on it. */
  readonly reason: string
  /** For people: one sentence. */
  readonly message: string
  readonly retryAfterSeconds?: number
}

/** Headers by lower-case name; several values are several lines. */
export type Headers = Record<string, string | string[]>

export function refusal(
  status: number,
  reason: string,
  message: string,
  retryAfterSeconds?: number,
): Refusal {
  return {
    ...{ kind: 'refused', status, reason, message },
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  }
}
