import { Agent, request } from 'undici'
import { noteSecret } from './log-secrets.ts'
import { type Issuer, payloadOf } from './logins.ts'

export interface GroupsSource {
  readonly endpoint: string
  readonly accessToken: string
}

/** Where this ID token sends kube-apiserver for groups. Throws where it carries them itself. */
export function groupsSourceOf(idToken: string): GroupsSource {
  const sources = payloadOf(idToken)['_claim_sources'] as
    | { lanyard: { endpoint: string; access_token: string } }
    | undefined
  if (sources === undefined) throw new Error('the token has no distributed claim')
  const { endpoint, access_token: accessToken } = sources.lanyard
  noteSecret(accessToken, 'access token of a distributed claim')
  return { endpoint, accessToken }
}

export interface GroupsAnswer {
  readonly status: number
  readonly type: string
  readonly cacheControl: string
  readonly text: string
}

/** Asks as kube-apiserver does: one GET with the access token as a bearer, and nothing else. */
export async function askGroups(
  { ca }: Pick<Issuer, 'ca'>,
  { endpoint, accessToken }: GroupsSource,
): Promise<GroupsAnswer> {
  const dispatcher = new Agent({ connect: { ca } })
  try {
    const answer = await request(endpoint, {
      dispatcher,
      headers: { authorization: `Bearer ${accessToken}`, 'user-agent': 'Go-http-client/1.1' },
    })
    return {
      status: answer.statusCode,
      type: String(answer.headers['content-type']),
      cacheControl: String(answer.headers['cache-control']),
      text: await answer.body.text(),
    }
  } finally {
    await dispatcher.destroy()
  }
}
