import type { IncomingMessage } from 'node:http'
import type { RefusalReason } from '../access/index.ts'
import type { Audit } from '../audit/index.ts'
import { peerOf } from '../http/index.ts'

/** Counts that somebody known was refused entry: the account page and `lanyard audit` find it by their name. */
export function countRefusedEntry(
  audit: Audit,
  req: IncomingMessage,
  entry: { readonly account: string; readonly reason: RefusalReason; readonly client: string },
): Promise<void> {
  const { address, requestId } = peerOf(req)
  const { account, reason, client } = entry
  return audit.countRefusal({
    type: 'access.refused',
    account,
    address,
    requestId,
    detail: { reason, client },
  })
}
