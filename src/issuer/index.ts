/**
 * issuer: the OpenID provider. It owns devices, grants, tokens and signing keys, and is the only importer of oidc-provider.
 *
 * It mints nothing without `access.decide`: every grant type loads subject, target and device as they are committed now
 * (context.ts), decides, makes the claims (claims.ts) and signs (signer.ts). It refuses to know passwords, pages, or who may
 * enter what: those are the directory's, the views' and the clusters'.
 */

import type { IssuerRooms } from './create-issuer.ts'
import type { Issuer } from './types.ts'

export { type AdminDoor, createAdminDoor } from './admin-door.ts'
export type { IssuerRooms } from './create-issuer.ts'
export type {
  Approval,
  BrowserSession,
  Device,
  EnginePages,
  IdTokenReview,
  Interaction,
  Issuer,
  IssuerConfig,
  Key,
  PendingDevice,
  PluginCaller,
  PluginResource,
  SigningAlg,
} from './types.ts'

/** Opens the room: makes signing keys at the first start, and builds the engine, which is loaded here and not before. */
export async function createIssuer(rooms: IssuerRooms): Promise<Issuer> {
  const { openIssuer } = await import('./create-issuer.ts')
  return openIssuer(rooms)
}
