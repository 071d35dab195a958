import type { EpochMs } from '../errors/index.ts'

/** What the checks ask of the world: they open nothing themselves. No port throws for what the world does; each tells it. */
export interface Ports {
  readonly now: EpochMs
  /** One request over TLS. Proxies of the environment are not used, redirects not followed: who is asked is who was named. */
  https(request: HttpsRequest): Promise<HttpsOutcome>
  /** The addresses of a name; empty where it has none. An address is its own. */
  lookup(host: string): Promise<readonly string[]>
  /** A file that the admin named, read by {@link readBounded}. */
  readFile(path: string): Promise<FileOutcome>
  /** A program with arguments, never through a shell. */
  run(program: string, args: readonly string[], options?: RunOptions): Promise<RunOutcome>
  /** `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`, `ALL_PROXY` as they are set, under their upper-case names, without passwords. */
  readonly proxies: Readonly<Record<string, string>>
}

export interface HttpsRequest {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** PEM that alone is trusted; null for what the system trusts. */
  readonly certificateAuthority: string | null
  /** 10 s unless told, until the whole answer is there. */
  readonly timeoutMs?: number
}

export type HttpsOutcome =
  | {
      readonly kind: 'answer'
      readonly status: number
      /** `Forbidden`; may be empty. */
      readonly statusText: string
      /** Names in lower case; several of one name joined by `, `. */
      readonly headers: Readonly<Record<string, string>>
      /** 1 MiB at most; what is longer is a failure. */
      readonly body: string
      readonly chain: CertificateChain
    }
  | {
      readonly kind: 'failed'
      /** How far it came: `name` is the look-up, `answer` everything after TLS. */
      readonly stage: 'name' | 'connect' | 'tls' | 'answer'
      /** Of Node or OpenSSL: `ENOTFOUND`, `ECONNREFUSED`, `CERT_HAS_EXPIRED`, `ERR_TLS_CERT_ALTNAME_INVALID`, `ETIMEDOUT`; empty where there is none. */
      readonly code: string
      /** One line, as it was thrown. */
      readonly reason: string
      /** What the server showed before it was refused. */
      readonly chain: CertificateChain
    }

/** PEM of every certificate that the server sent, its own first; empty where TLS did not come so far. */
export type CertificateChain = readonly string[]

export type FileOutcome =
  | {
      readonly kind: 'file'
      readonly text: string
      /** The permission bits alone: `0o600`. */
      readonly mode: number
      /** Number of the user whom it belongs to. */
      readonly owner: number
    }
  /** `code` as Node has it: `ENOENT`, `EACCES`, `EISDIR`; `EFBIG` for what is longer than is read. */
  | { readonly kind: 'unreadable'; readonly code: string; readonly reason: string }

export interface RunOptions {
  /** The whole of stdin; nothing unless told. */
  readonly input?: string
  /** 30 s unless told; what takes longer is ended. */
  readonly timeoutMs?: number
  /** Added to the environment that the caller has. */
  readonly env?: Readonly<Record<string, string>>
}

export type RunOutcome =
  | {
      readonly kind: 'ended'
      readonly code: number
      readonly stdout: string
      readonly stderr: string
    }
  | { readonly kind: 'failed'; readonly code: string; readonly reason: string }

/** Settings are a few kilobytes, the authorities of a whole system some hundred. */
const MAX_FILE_BYTES = 1024 * 1024

type Text =
  | { readonly kind: 'text'; readonly text: string }
  | Extract<FileOutcome, { kind: 'unreadable' }>

/**
 * What a port reads of a file: 1 MiB at most, counted while it comes. `<(…)` and /dev/stdin have no size, and /dev/zero never ends.
 *
 * @throws whatever the stream does.
 */
export async function readBounded(chunks: AsyncIterable<Buffer>): Promise<Text> {
  const read: Buffer[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > MAX_FILE_BYTES) return tooLong(MAX_FILE_BYTES)
    read.push(chunk)
  }
  return { kind: 'text', text: Buffer.concat(read).toString('utf8') }
}

export function tooLong(bytes: number): Extract<FileOutcome, { kind: 'unreadable' }> {
  return { kind: 'unreadable', code: 'EFBIG', reason: `it is longer than ${bytes} bytes` }
}
