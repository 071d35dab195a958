import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'

/** Environment of a child: nothing is inherited, so that a test's result does not depend on the machine's own settings. */
export type Environment = Readonly<Record<string, string | undefined>>

export interface ProcessOptions {
  readonly command: string
  readonly args?: readonly string[]
  readonly env: Environment
  readonly cwd?: string
  /** Number of the user and the group it runs as; for tests that run as root. */
  readonly uid?: number
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Result {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface WaitOptions {
  /** Time limit in milliseconds; 10 s unless told. */
  readonly timeoutMs?: number
  /** Number of lines to pass over: what `Output.lines.length` was when the thing to be waited for began. */
  readonly after?: number
}

/** What a child wrote to one stream, as whole lines. */
export class Output {
  readonly lines: string[] = []
  readonly #watchers = new Set<() => void>()
  #text = ''
  #rest = ''

  constructor(stream: Readable) {
    stream.setEncoding('utf8')
    stream.on('data', (chunk: string) => this.#take(chunk))
  }

  get text(): string {
    return this.#text
  }

  /** Calls `look` after every arrival, until the returned function is called. */
  watch(look: () => void): () => void {
    this.#watchers.add(look)
    return () => this.#watchers.delete(look)
  }

  #take(chunk: string): void {
    this.#text += chunk
    const lines = (this.#rest + chunk).split('\n')
    this.#rest = lines.pop() ?? ''
    this.lines.push(...lines)
    for (const look of [...this.#watchers]) look()
  }
}

/** Leaders of the process groups that this process started and that may still run. */
const running = new Set<number>()

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // ESRCH: it has ended by itself.
  }
}

let guarded = false

/** A test process that ends early, by Ctrl-C or the runner's time limit, takes its children with it. */
function guardChildren(): void {
  if (guarded) return
  guarded = true
  const endAll = () => {
    for (const pid of running) signalGroup(pid, 'SIGKILL')
  }
  process.on('exit', endAll)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      endAll()
      process.kill(process.pid, signal)
    })
  }
}

/**
 * A child that runs beside the test. It leads a process group of its own, so that what it starts (kubectl's plugin, a wrapper
 * script's browser) ends with it, and has no terminal. It is stopped when it is disposed.
 */
export class RunningProcess implements AsyncDisposable {
  readonly pid: number
  readonly stdin: Writable
  readonly stdout: Output
  readonly stderr: Output
  /** Resolves when the child has ended and both streams are read to their end. */
  readonly exit: Promise<Exit>
  readonly #command: string
  #ended: Exit | undefined

  /** Use {@link startProcess}. */
  constructor(
    child: ChildProcess & { stdin: Writable; stdout: Readable; stderr: Readable },
    command: string,
  ) {
    if (child.pid === undefined) throw new TypeError(`${command} has no process id`)
    this.pid = child.pid
    this.stdin = child.stdin
    this.stdout = new Output(child.stdout)
    this.stderr = new Output(child.stderr)
    this.#command = command
    // A child may end without reading what it is given; the exit code then says why.
    this.stdin.on('error', () => {})
    this.exit = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        this.#ended = { code, signal }
        running.delete(this.pid)
        resolve(this.#ended)
      })
    })
  }

  get ended(): Exit | undefined {
    return this.#ended
  }

  /** Signals the child and everything that it started. */
  signal(signal: NodeJS.Signals): void {
    if (this.#ended === undefined) signalGroup(this.pid, signal)
  }

  /** Ends the child: SIGTERM, then SIGKILL when it has not ended after `graceMs` (5 s unless told). */
  async stop(graceMs = 5_000): Promise<Exit> {
    this.signal('SIGTERM')
    const timer = setTimeout(() => this.signal('SIGKILL'), graceMs)
    const exit = await this.exit
    clearTimeout(timer)
    return exit
  }

  /** The first line of the stream that matches. Throws, with what was written, when the child ends or time runs out before. */
  waitForLine(
    stream: 'stdout' | 'stderr',
    pattern: RegExp,
    options: WaitOptions = {},
  ): Promise<RegExpExecArray> {
    const { timeoutMs = 10_000, after = 0 } = options
    const output = this[stream]
    const find = () => {
      for (const line of output.lines.slice(after)) {
        const match = pattern.exec(line)
        if (match !== null) return match
      }
      return undefined
    }
    return new Promise((resolve, reject) => {
      const settle = (failure?: string) => {
        const match = find()
        if (match === undefined && failure === undefined) return
        clearTimeout(timer)
        unwatch()
        if (match !== undefined) resolve(match)
        else reject(this.failure(`wrote no line like ${pattern} to ${stream}: ${failure}`))
      }
      const unwatch = output.watch(() => settle())
      const timer = setTimeout(() => settle(`none in ${timeoutMs} ms`), timeoutMs)
      void this.exit.then(({ code, signal }) => settle(`it ended with ${signal ?? `code ${code}`}`))
      settle()
    })
  }

  /** An error that names the child and carries the end of what it wrote. */
  failure(sentence: string): Error {
    const tail = (output: Output) => output.text.split('\n').slice(-25).join('\n')
    return new Error(
      `${this.#command} ${sentence}\n--- stdout\n${tail(this.stdout)}\n--- stderr\n${tail(this.stderr)}`,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

/** Starts a child and resolves as soon as it runs. Rejects with Node's own error (ENOENT, EACCES) when it cannot. */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  guardChildren()
  const child = spawn(options.command, options.args ?? [], {
    cwd: options.cwd,
    env: options.env,
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const spawned = new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', reject)
  })
  if (child.pid === undefined) {
    await spawned
    throw new TypeError(`${options.command} was started without a process id`)
  }
  running.add(child.pid)
  const started = new RunningProcess(child, options.command)
  await spawned
  return started
}

/**
 * Runs a command to its end. Any exit code is an answer; a signal or a time limit passed (30 s unless told) throws.
 * `input` is the whole of its stdin: nothing unless told.
 */
export async function runProcess(
  options: ProcessOptions & { readonly input?: string; readonly timeoutMs?: number },
): Promise<Result> {
  const { input = '', timeoutMs = 30_000 } = options
  const child = await startProcess(options)
  let late = false
  const timer = setTimeout(() => {
    late = true
    child.signal('SIGKILL')
  }, timeoutMs)
  child.stdin.end(input)
  const { code, signal } = await child.exit
  clearTimeout(timer)
  if (late) throw child.failure(`did not end in ${timeoutMs} ms`)
  if (code === null) throw child.failure(`was ended by ${signal}`)
  return { code, stdout: child.stdout.text, stderr: child.stderr.text }
}
