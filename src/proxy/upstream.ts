import { X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { Agent } from 'node:https'
import { createSecureContext, getCACertificates } from 'node:tls'
import { LanyardError, messageOf } from '../errors/index.ts'
import type { Log } from '../telemetry/index.ts'
import type { UpstreamConfig } from './config.ts'

/** An apiserver and how it is spoken to now: connections, certificate and token. */
export interface Upstream {
  readonly url: URL
  /** The same for a library that reads every part of it for every request. */
  readonly target: Target
  readonly mode: UpstreamConfig['mode']
  /** Connections that are kept; another one after its files have changed. */
  readonly agent: Agent
  /** For connections that become a tunnel. */
  readonly tls: TlsOptions
  /** `Bearer …` of the service account; null where a certificate speaks for the proxy. */
  readonly authorization: string | null
  /** Looks at the files again. What cannot be used changes nothing. */
  reload(): void
  close(): void
}

export interface TlsOptions {
  readonly ca: readonly string[]
  readonly cert?: string
  readonly key?: string
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g

type Target = Readonly<
  Pick<URL, 'protocol' | 'host' | 'hostname' | 'port' | 'pathname' | 'search' | 'href'>
>

interface Material {
  readonly tls: TlsOptions
  readonly authorization: string | null
}

/** Throws LanyardError ERR_TLS_FILE naming the file that cannot be used. */
export function createUpstream(config: UpstreamConfig, log: Log): Upstream {
  const files = filesOf(config)
  let seen = stampOf(files)
  let material = read(config)
  let agent = agentOf(material.tls)
  let lastFault: string | null = null

  function use(next: Material): void {
    const isSameTls = JSON.stringify(next.tls) === JSON.stringify(material.tls)
    material = next
    if (isSameTls) return
    retire(agent)
    agent = agentOf(next.tls)
    log.info({ file: files[0] }, "the proxy's own certificate for the apiserver was replaced")
  }

  const url = new URL(config.server)
  return {
    url,
    target: targetOf(url),
    mode: config.mode,
    get agent() {
      return agent
    },
    get tls() {
      return material.tls
    },
    get authorization() {
      return material.authorization
    },
    reload() {
      const stamp = stampOf(files)
      if (stamp === seen) return
      try {
        use(read(config))
        seen = stamp
        lastFault = null
      } catch (error) {
        const fault = messageOf(error)
        if (fault !== lastFault) log.error({ err: error }, 'new files cannot be used; the old stay')
        lastFault = fault
      }
    },
    close: () => agent.destroy(),
  }
}

function targetOf({ protocol, host, hostname, port, pathname, search, href }: URL): Target {
  return { protocol, host, hostname, port, pathname, search, href }
}

function filesOf(config: UpstreamConfig): string[] {
  const { clientCertificate, clientKey, tokenFile, certificateAuthority } = config
  return [clientCertificate, clientKey, tokenFile, certificateAuthority].filter(
    (file) => file !== null,
  )
}

/** Changes when one of the files does; Kubernetes replaces a directory under a link, so the link's target counts. */
function stampOf(files: readonly string[]): string {
  return files
    .map((file) => {
      const stat = statSync(file, { throwIfNoEntry: false })
      return stat === undefined ? '' : `${stat.ino}:${stat.mtimeMs}:${stat.size}`
    })
    .join()
}

function read(config: UpstreamConfig): Material {
  const { clientCertificate, clientKey, tokenFile, certificateAuthority } = config
  const ca =
    certificateAuthority === null
      ? [...new Set([...getCACertificates('default'), ...getCACertificates('system')])]
      : [readAuthority(certificateAuthority)]
  const pair =
    clientCertificate === null || clientKey === null
      ? {}
      : { cert: readText(clientCertificate), key: readText(clientKey) }
  const tls = { ca, ...pair }
  try {
    createSecureContext({ ...tls, ca: [...ca] })
  } catch (error) {
    const file = clientCertificate ?? certificateAuthority ?? ''
    throw fileError(file, `cannot be used: ${messageOf(error)}`, error)
  }
  const token = tokenFile === null ? null : readText(tokenFile).trim()
  if (token !== null && !/^[\w.~+/=-]+$/.test(token)) {
    throw fileError(tokenFile ?? '', 'holds no token')
  }
  return { tls, authorization: token === null ? null : `Bearer ${token}` }
}

/** TLS takes anything for a list of authorities and then trusts nobody: a file that is half written must not get so far. */
function readAuthority(file: string): string {
  const certificates = readText(file).match(CERTIFICATE)
  if (certificates === null) throw fileError(file, 'holds no certificate')
  try {
    return certificates.map((certificate) => new X509Certificate(certificate).toString()).join('')
  } catch (error) {
    throw fileError(file, `cannot be used: ${messageOf(error)}`, error)
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw fileError(file, `cannot be read: ${messageOf(error)}`, error)
  }
}

function fileError(file: string, fault: string, cause?: unknown): LanyardError {
  return new LanyardError('ERR_TLS_FILE', `the file ${file} ${fault}`, {
    hint: 'the proxy reads it to speak to the apiserver: see upstream in its configuration',
    cause,
  })
}

/** Every connection is to the one server with the one context: there is nothing to tell apart by all of their options. */
class OneServerAgent extends Agent {
  override getName(): string {
    return 'apiserver'
  }
}

function agentOf(tls: TlsOptions): Agent {
  return new OneServerAgent({
    ...{ keepAlive: true, maxFreeSockets: 64, noDelay: true },
    // Made once: an agent that is given PEM makes a key of all of it for every request.
    secureContext: createSecureContext({ ...tls, ca: [...tls.ca], minVersion: 'TLSv1.2' }),
  })
}

/** Requests in flight end on the connections that they have; none is used again. */
function retire(agent: Agent): void {
  agent.maxFreeSockets = 0
  for (const sockets of Object.values(agent.freeSockets)) {
    for (const socket of sockets ?? []) socket.destroy()
  }
}
