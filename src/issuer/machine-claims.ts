import { isMachineAdmission, type MachineAdmission } from '../access/index.ts'
import type { TokenFrame } from './claims.ts'

/**
 * The claims of a machine's ID token: the set that people's have, so that a cluster needs no second configuration. `sub` and
 * `sid` are the rule's. Groups are always embedded: kube-apiserver asks nobody where they are (it believes a `groups` claim
 * before `_claim_names`), and the token lives for minutes.
 */
export function machineClaims(
  admission: MachineAdmission,
  frame: TokenFrame & { readonly authenticatedAt: number },
): Record<string, unknown> {
  if (!isMachineAdmission(admission)) throw new TypeError('a machine is admitted by access alone')
  return {
    iss: frame.issuer,
    sub: admission.ruleId,
    aud: frame.audience,
    exp: frame.exp,
    iat: frame.iat,
    auth_time: frame.authenticatedAt,
    jti: frame.jti,
    sid: admission.ruleId,
    amr: ['machine'],
    acr: '0',
    token_use: 'kube',
    preferred_username: admission.username,
    name: admission.ruleName,
    groups: admission.groups,
  }
}
