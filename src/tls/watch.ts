import { type FSWatcher, watch } from 'node:fs'
import { dirname } from 'node:path'
import { messageOf } from '../errors/index.ts'
import { certificateFiles, ensureTls, type TlsMaterial, type TlsOptions } from './ensure.ts'

export interface WatchLog {
  info(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface WatchOptions extends TlsOptions {
  readonly log: WatchLog
  /** Given the new certificate; what it does takes effect for new connections. */
  readonly onChange: (material: TlsMaterial) => void
  /** How often to look where the file system does not tell; our own certificate is also renewed then. */
  readonly pollMs?: number
}

/** Writers replace two files one after the other: look when they are done. */
const settleMs = 200

/**
 * Looks after the certificate while the server runs: takes new files when they change, and renews our own before it ends. A pair that cannot be
 * used changes nothing and is logged once.
 */
export function watchTls(options: WatchOptions): AsyncDisposable {
  const watcher = new TlsWatcher(options)
  return { [Symbol.asyncDispose]: () => watcher.stop() }
}

class TlsWatcher {
  readonly #options: WatchOptions
  readonly #files: readonly string[]
  readonly #watchers: readonly FSWatcher[]
  readonly #poll: NodeJS.Timeout
  #settle: NodeJS.Timeout | undefined
  #current: TlsMaterial | undefined
  #lastFault: string | undefined
  #work: Promise<void>
  #stopped = false

  constructor(options: WatchOptions) {
    this.#options = options
    const { certificateFile, keyFile } = certificateFiles(options.config)
    this.#files = [certificateFile, keyFile]
    this.#work = this.#look(true)
    // The directory and not the file: Kubernetes replaces a link beside it, and others rename over it. Our own are written by nobody else, and
    // their directory also holds the database, which is written all the time.
    const isGiven = options.config.tls.kind === 'files'
    const directories = new Set(isGiven ? this.#files.map((file) => dirname(file)) : [])
    this.#watchers = [...directories].flatMap((directory) => this.#watchDirectory(directory))
    this.#poll = setInterval(() => this.#schedule(), options.pollMs ?? 60_000).unref()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#poll)
    clearTimeout(this.#settle)
    for (const watcher of this.#watchers) watcher.close()
    await this.#work
  }

  #watchDirectory(directory: string): FSWatcher[] {
    try {
      const watcher = watch(directory, { persistent: false }, () => this.#schedule())
      watcher.on('error', () => watcher.close())
      return [watcher]
    } catch {
      // No watches left on this machine, or a file system without them: the poll is enough.
      return []
    }
  }

  #schedule(): void {
    // Not put off again by what comes meanwhile: a busy directory would put it off for ever.
    if (this.#settle !== undefined || this.#stopped) return
    this.#settle = setTimeout(() => {
      this.#settle = undefined
      this.#work = this.#work.then(() => this.#look(false))
    }, settleMs).unref()
  }

  async #look(first: boolean): Promise<void> {
    if (this.#stopped) return
    const { log, onChange } = this.#options
    try {
      const material = await ensureTls(this.#options)
      const changed = material.cert !== this.#current?.cert || material.key !== this.#current.key
      this.#current = material
      this.#lastFault = undefined
      if (first || !changed) return
      onChange(material)
      log.info({ file: this.#files[0] }, 'the server certificate was replaced')
    } catch (error) {
      this.#report(messageOf(error), error)
    }
  }

  #report(fault: string, error: unknown): void {
    if (fault === this.#lastFault) return
    this.#lastFault = fault
    this.#options.log.error({ err: error }, 'the new certificate cannot be used; the old one stays')
  }
}
