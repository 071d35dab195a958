import { Provider } from 'oidc-provider'
import { SCOPE_CLAIMS } from './engine-configuration.ts'

type RefreshToken = InstanceType<Provider['RefreshToken']>
type Find = (jti: string, options?: object) => Promise<RefreshToken | undefined>

/**
 * A refresh may ask for the scope of its login again (RFC 6749 §6), as Authlib and others do each time. The engine leaves out of a
 * login what it does not know, and `offline_access` where no consent was asked for, but refuses a refresh that asks for them: so
 * they are left out there too. A scope that means something and was not granted is refused as ever.
 */
export function ignoreScopesWithoutMeaning(provider: Provider): void {
  const { RefreshToken } = provider
  const original = RefreshToken.find.bind(RefreshToken) as Find
  const find: Find = async (jti, options) => {
    const found = await original(jti, options)
    if (found !== undefined) narrowScope(found)
    return found
  }
  Object.assign(RefreshToken, { find })
}

function narrowScope({ scope: granted = '' }: RefreshToken): void {
  const params = Provider.ctx?.oidc.params
  if (params?.['grant_type'] !== 'refresh_token' || typeof params['scope'] !== 'string') return
  const kept = new Set([...Object.keys(SCOPE_CLAIMS), ...granted.split(' ')])
  const asked = params['scope'].split(' ').filter((scope) => kept.has(scope))
  params['scope'] = asked.length === 0 ? undefined : asked.join(' ')
}
