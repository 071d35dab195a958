import type { Queries } from '../../db/index.ts'
import { KUBECTL_CLIENT_ID } from '../access/index.ts'
import { readStrings } from './application-rows.ts'
import { kubectlRedirectUris, loopbackRedirectUris } from './redirect-uris.ts'
import type { ClientDefinition } from './types.ts'

const kubectl: ClientDefinition = {
  clientId: KUBECTL_CLIENT_ID,
  name: 'kubectl',
  kind: 'kubectl',
  redirectUris: kubectlRedirectUris,
  postLogoutRedirectUris: [],
  backchannelLogoutUri: null,
  secretHash: null,
  signingAlg: 'ES256',
}

/** Every client the issuer knows, the plugin's own first. */
export async function readClients(query: Pick<Queries, 'selectFrom'>): Promise<ClientDefinition[]> {
  const clusters = await query
    .selectFrom('clusters')
    .select(['audience', 'name', 'signing_alg'])
    .orderBy('audience')
    .execute()
  const applications = await query
    .selectFrom('applications')
    .selectAll()
    .orderBy('client_id')
    .execute()
  return [
    kubectl,
    ...clusters.map(
      (row): ClientDefinition => ({
        clientId: row.audience,
        name: row.name,
        kind: 'cluster',
        redirectUris: loopbackRedirectUris,
        postLogoutRedirectUris: [],
        backchannelLogoutUri: null,
        secretHash: null,
        signingAlg: row.signing_alg,
      }),
    ),
    ...applications.map(
      (row): ClientDefinition => ({
        clientId: row.client_id,
        name: row.name,
        kind: 'application',
        redirectUris: readStrings(row.redirect_uris),
        postLogoutRedirectUris: readStrings(row.post_logout_redirect_uris),
        backchannelLogoutUri: row.backchannel_logout_uri,
        secretHash: row.secret_hash,
        signingAlg: row.signing_alg,
      }),
    ),
  ]
}
