import type { CertificateAsk, Certificates, EntryAsk } from '../certificates/index.ts'
import { LanyardError } from '../errors/index.ts'
import type { PluginCaller, PluginResource } from '../issuer/index.ts'

type Body = Readonly<Record<string, unknown>>

/** What the plugin asks about client certificates: who it would be, and a signature. */
export function certificateResources(certificates: Certificates): PluginResource[] {
  return [
    {
      method: 'POST',
      path: '/kubectl/v1/certificates/subject',
      answer: async (caller, body) => {
        refuseOthers(body, ['cluster', 'audience'])
        return certificates.subject(entryOf(caller, body))
      },
    },
    {
      method: 'POST',
      path: '/kubectl/v1/certificates',
      answer: async (caller, body) => {
        refuseOthers(body, ['cluster', 'audience', 'csr', 'lifetime'])
        const signed = await certificates.sign(askOf(caller, body))
        return { ...signed, notAfter: new Date(signed.notAfter).toISOString() }
      },
    },
  ]
}

function entryOf({ subject, deviceId, by }: PluginCaller, body: Body): EntryAsk {
  const { cluster, audience } = body
  const given = [cluster, audience].filter((value) => value !== undefined)
  const [name] = given
  if (given.length !== 1 || typeof name !== 'string' || name.length > 256) {
    throw invalid('name the cluster by "cluster" or by "audience": one of them, a text')
  }
  const which = cluster === undefined ? { audience: name } : { name }
  return { userId: subject.userId, deviceId, cluster: which, by }
}

function askOf(caller: PluginCaller, body: Body): CertificateAsk {
  const { csr, lifetime } = body
  if (typeof csr !== 'string') throw invalid('"csr" must be a PKCS #10 request in PEM')
  if (lifetime !== undefined && typeof lifetime !== 'number') {
    throw invalid('"lifetime" must be a number of seconds')
  }
  return {
    ...{ ...entryOf(caller, body), csr },
    ...(lifetime === undefined ? {} : { lifetimeSeconds: lifetime }),
  }
}

/** A request that says more than is read is misunderstood. */
function refuseOthers(body: Body, known: readonly string[]): void {
  const other = Object.keys(body).find((name) => !known.includes(name))
  if (other !== undefined) throw invalid(`there is no "${other.slice(0, 64)}" here`)
}

function invalid(sentence: string): LanyardError {
  return new LanyardError('ERR_CERTIFICATE_ASK', sentence)
}
