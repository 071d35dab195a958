import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

/** The server has this core to itself, the load generator the other. */
const SERVER_CORE = '0'
const LOAD_CORE = '1'

export const canPin = spawnSync('taskset', ['-c', SERVER_CORE, 'true']).status === 0

export function pinThisProcess(): void {
  if (canPin) spawnSync('taskset', ['-a', '-cp', LOAD_CORE, String(process.pid)])
}

export interface Running extends AsyncDisposable {
  readonly pid: number
  /** From exec to the first line that matched, in milliseconds. */
  readonly readyMs: number
  readonly readyLine: string
  /** Resident memory now, in MB. */
  rssMb(): number
  /** Processor time used so far, in milliseconds: other work on the machine moves it little. */
  cpuMs(): number
  /** The same of its main thread alone, to the nanosecond: fine enough for one request. */
  mainThreadMs(): number
}

/** Starts a Node program on the server's core and waits for a line of its stdout. */
export async function startPinned(
  args: readonly string[],
  ready: RegExp,
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const command = [process.execPath, ...args]
  const [program = '', ...rest] = canPin ? ['taskset', '-c', SERVER_CORE, ...command] : command
  const began = performance.now()
  const child = spawn(program, rest, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4_000)
  })
  const readyLine = await firstLine(child, ready).catch(() => {
    throw new Error(`${args.join(' ')} did not get ready: ${errors}`)
  })
  const readyMs = performance.now() - began
  const pid = child.pid ?? 0
  return {
    pid,
    readyMs,
    readyLine,
    rssMb: () => {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8')
      return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
    },
    cpuMs: () => {
      // proc(5): utime and stime are fields 14 and 15, in ticks of 10 ms; the name before them may hold spaces.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      return (Number(fields[11]) + Number(fields[12])) * 10
    },
    // proc(5), schedstat: time on a processor, in nanoseconds, comes first.
    mainThreadMs: () => {
      const [onProcessor = '0'] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(
        ' ',
      )
      return Number(onProcessor) / 1e6
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return
      const exited = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await exited
    },
  }
}

function firstLine(child: ChildProcess, wanted: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', reject)
    if (child.stdout === null) return
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (wanted.test(line)) resolve(line)
    })
  })
}
