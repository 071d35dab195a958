import type { UserId } from './brands.ts'

/** Who does something, as the audit record names them. */
export type Actor =
  | { readonly kind: 'user'; readonly userId: UserId; readonly username: string }
  /** An admin command on the server's machine; `name` is the operating system's user. */
  | { readonly kind: 'command'; readonly name: string }
  /** Somebody who has proved nothing. */
  | { readonly kind: 'visitor' }
  /** Lanyard itself: sweeps, key states. */
  | { readonly kind: 'system' }

/** An actor and where they act from. Every function that changes something takes one as its last argument. */
export interface By {
  readonly actor: Actor
  /** The peer's address after trusted proxies were taken into account; null for commands. */
  readonly address: string | null
  /** The reference that error pages show and log lines carry; null for commands. */
  readonly requestId: string | null
}
