import type { DeviceId } from '../../errors/index.ts'
import type { Admission } from '../context.ts'
import type { GroupsTokens } from './groups-token.ts'

/** How an ID token tells a cluster of somebody's groups: OpenID Connect Core §5.6.2 where they are live. */
export type GroupsClaim =
  | { readonly groups: readonly string[] }
  | {
      readonly _claim_names: { readonly groups: 'lanyard' }
      readonly _claim_sources: {
        readonly lanyard: { readonly endpoint: string; readonly access_token: string }
      }
    }

export const GROUPS_PATH = '/live/groups'

export interface GroupsClaims {
  /** For the ID token of this admission, by this device, that ends at `exp` (seconds). */
  claimFor(admission: Admission, token: { deviceId: DeviceId; exp: number }): Promise<GroupsClaim>
  distributed(accessToken: string): GroupsClaim
}

export function createGroupsClaims(rooms: {
  tokens: GroupsTokens
  issuer: string
  /** True for a cluster whose admin wants groups embedded after an outage, while there is one. */
  fallsBack: (audience: string) => boolean
}): GroupsClaims {
  const endpoint = rooms.issuer + GROUPS_PATH

  function distributed(accessToken: string): GroupsClaim {
    // `groups` must be absent: kube-apiserver would believe it and never ask.
    return {
      _claim_names: { groups: 'lanyard' },
      _claim_sources: { lanyard: { endpoint, access_token: accessToken } },
    }
  }

  return {
    distributed,
    async claimFor({ target, userId, groups }, { deviceId, exp }) {
      if (target.kind !== 'cluster' || !target.liveGroups) return { groups }
      const { audience, fallbackAfter } = target
      if (fallbackAfter !== null && rooms.fallsBack(audience)) return { groups }
      return distributed(await rooms.tokens.issue({ userId, audience, deviceId }, exp))
    },
  }
}
