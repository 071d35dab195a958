declare const brand: unique symbol

/** A string that only its own room makes, so that one id cannot be passed where another is meant. */
export type Brand<Name extends string> = string & { readonly [brand]: Name }

/** The `sub` of every token: opaque, never changed, never reused. */
export type UserId = Brand<'UserId'>
export type GroupId = Brand<'GroupId'>
export type ClusterId = Brand<'ClusterId'>
export type ApplicationId = Brand<'ApplicationId'>
/** One login of one user on one machine; also the engine's Grant id, and the first part of every `jti`. */
export type DeviceId = Brand<'DeviceId'>

/** One access token; said in the webhook's answers, so that an audit log leads to it. */
export type AccessTokenId = Brand<'AccessTokenId'>

/** Milliseconds since 1970 UTC. Columns and fields that hold one end in `_at` or `At`. */
export type EpochMs = number
export type Clock = () => EpochMs
