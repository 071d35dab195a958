import assert from 'node:assert/strict'
import type { Apiserver } from '../cluster/control-plane.ts'
import type { Lanyard } from '../support/lanyard.ts'
import { type Credentials, clusterLogin, payloadOf } from '../support/logins.ts'
import type { Trust } from './line-cluster.ts'

const CREDENTIAL_ID = 'authentication.kubernetes.io/credential-id'

/**
 * Signs somebody of the groups platform and viewers in and compares who the apiserver takes them for with what their token says:
 * username and groups by the flags, also sub, device and way of signing in by the configuration.
 * @returns whether the token's id is among it, which an audit log needs to lead back to a login
 */
export async function provesIdentity(options: {
  readonly lanyard: Lanyard
  readonly apiserver: Apiserver
  readonly trust: Trust
  readonly person: Credentials
  /** Whether the token is to send the apiserver for groups, or to carry them. */
  readonly groups: 'live' | 'embedded'
}): Promise<{ readonly hasCredentialId: boolean }> {
  const { lanyard, apiserver, trust, person, groups } = options
  const { id } = await lanyard.server.rooms.directory.users.get(person.username)
  const { idToken } = await clusterLogin(lanyard, person, trust.cluster)
  const { jti, sid, groups: carried } = payloadOf(idToken)
  assert.deepEqual(carried, groups === 'live' ? undefined : ['platform', 'viewers'])
  const { status, userInfo } = await apiserver.whoami(idToken)
  assert.equal(status, 201, `${trust.cluster}, groups ${groups}`)
  const { [CREDENTIAL_ID]: credentialId, ...extra } = userInfo?.extra ?? {}
  assert.deepEqual(
    { ...userInfo, extra },
    {
      username: person.username,
      groups: ['platform', 'viewers', 'system:authenticated'],
      ...(trust.trustedBy === 'flags'
        ? { extra: {} }
        : {
            uid: id,
            extra: { 'lanyard.dev/device': [sid], 'lanyard.dev/authentication': ['pwd'] },
          }),
    },
  )
  if (credentialId === undefined) return { hasCredentialId: false }
  assert.deepEqual(credentialId, [`JTI=${String(jti)}`])
  return { hasCredentialId: true }
}

/** Why the apiserver refuses this token, in the words of its log. */
export async function refusalOf(apiserver: Apiserver, token: string): Promise<string> {
  const mark = apiserver.logMark()
  assert.deepEqual(await apiserver.whoami(token), { status: 401, userInfo: undefined })
  return (await apiserver.unauthenticatedReasons(mark)).join('\n')
}
