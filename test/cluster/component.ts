import { createServer } from 'node:net'
import { hasCode } from '../../src/errors/index.ts'
import { poll } from '../support/poll.ts'
import { type RunningProcess, startProcess } from '../support/process.ts'
import { requireBinaries } from './binaries.ts'
import type { BinaryName, Line } from './kube/releases.ts'

/** A free port on loopback. Another program may take it before ours does: start through {@link startOnFreePorts}. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new TypeError('no port')
  return address.port
}

/** The sentence with which Kubernetes' programs give up, or the last line of the log. */
function lastWords(child: RunningProcess): string {
  const lines = child.stderr.lines.filter((line) => line.trim() !== '')
  return (
    lines.findLast((line) => line.includes('command failed')) ?? lines.at(-1) ?? 'it wrote nothing'
  )
}

interface Start {
  readonly name: BinaryName
  readonly args: readonly string[]
  /** Of Kubernetes: the newest unless told. */
  readonly line?: Line | undefined
  /** False until it serves. */
  readonly isReady: () => Promise<boolean>
}

/** Starts a program of the control plane and waits until it is ready: 30 s. Throws its last words when it ends instead. */
export async function startComponent({
  name,
  args,
  line,
  isReady,
}: Start): Promise<RunningProcess> {
  const command = (await requireBinaries(line))[name]
  if (command === undefined) throw new Error(`no ${name} of Kubernetes ${line}`)
  const child = await startProcess({
    command,
    args,
    env: { PATH: process.env['PATH'], HOME: '/nonexistent' },
  })
  try {
    await poll(
      `${name} ready`,
      () => {
        if (child.ended !== undefined)
          throw new Error(`${name} refused to start: ${lastWords(child)}`)
        return isReady()
      },
      { timeoutMs: 30_000 },
    )
    return child
  } catch (error) {
    await child.stop()
    if (child.stderr.text.includes('address already in use')) throw new PortTaken(name)
    throw error
  }
}

class PortTaken extends Error {
  constructor(name: string) {
    super(`${name}: address already in use`)
  }
}

/** Calls `start` with free ports, and again with others when somebody else took one of them meanwhile. */
export async function startOnFreePorts<T>(
  count: number,
  start: (ports: readonly number[]) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const ports = await Promise.all(Array.from({ length: count }, freePort))
    try {
      return await start(ports)
    } catch (error) {
      if (!(error instanceof PortTaken) || attempt === 5) throw error
    }
  }
}

/** True when the program at the URL answers 200, false while nothing listens. */
export async function answersOk(ask: () => Promise<{ readonly status: number }>): Promise<boolean> {
  try {
    return (await ask()).status === 200
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
    if (
      hasCode(cause, 'ECONNREFUSED') ||
      hasCode(cause, 'ECONNRESET') ||
      hasCode(cause, 'UND_ERR_SOCKET')
    )
      return false
    throw error
  }
}
