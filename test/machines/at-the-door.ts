/** Machines at the token endpoint of a real Lanyard. */
import type { NewRule, Pin } from '../../src/machines/index.ts'
import { byTest, type Lanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import { postForm, type TokenAnswer } from '../support/logins.ts'

export const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const JWT_TYPE = 'urn:ietf:params:oauth:token-type:jwt'
export const ID_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:id_token'

export const pin = (claim: string, value: Pin['value']): Pin => ({ kind: 'exact', claim, value })
export const glob = (claim: string, value: string): Pin => ({ kind: 'glob', claim, value })

/** RFC 8693, as curl would send it. */
export async function machineExchange(
  lanyard: Lanyard,
  token: string,
  audience: string,
  change: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<TokenAnswer> {
  const answer = await postForm(
    lanyard,
    `${lanyard.issuer}/token`,
    {
      grant_type: EXCHANGE,
      subject_token: token,
      subject_token_type: JWT_TYPE,
      audience,
      ...change,
    },
    headers,
  )
  const { access_token: made } = answer.body
  if (typeof made === 'string') noteSecret(made, "machine's token for a cluster")
  return answer
}

/** A rule whose tokens are for Lanyard's own address, unless told. */
export function addRule(
  lanyard: Lanyard,
  rule: Omit<NewRule, 'audience'> & { readonly audience?: string },
) {
  return lanyard.server.rooms.machines.rules.add({ audience: lanyard.issuer, ...rule }, byTest)
}
