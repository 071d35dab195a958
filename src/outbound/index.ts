/**
 * outbound: the only door for requests that Lanyard itself makes: to apiservers and to applications that an admin registered.
 *
 * It owns trust, time and size limits, and the addresses that nobody may be sent to (threat 21). It follows no redirect, sends
 * no cookie, and reads no proxy from the environment: who is asked is who was named.
 */
export {
  createOutbound,
  isForbiddenAddress,
  type Outbound,
  type OutboundAnswer,
  type OutboundRequest,
} from './outbound.ts'
