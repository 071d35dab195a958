/**
 * gateways: Kubernetes' other doors, as HTTP: the TokenReview webhook, certificate signing, and what a proxy asks.
 *
 * It owns what is asked and answered there. It refuses whoever shows no credential of the cluster, and decides nothing itself.
 */

export { accessTokenResources } from './access-token-resources.ts'
export { certificateResources } from './certificates.ts'
export { createGateways, type Gateways, type GatewaysRooms } from './create-gateways.ts'
export { membershipResources } from './membership-resources.ts'
