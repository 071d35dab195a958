import type { Readable, Writable } from 'node:stream'
import { LanyardError, messageOf } from '../errors/index.ts'

const maxStdinBytes = 4096

/** The person at the keyboard, or whatever stands in for one. */
export interface Terminal {
  /** True where somebody can be asked. */
  readonly isInteractive: boolean
  /** Asks without showing what is typed; `fault` says what is wrong with it. */
  askPassword(question: string, fault?: (typed: string) => string | undefined): Promise<string>
  confirm(question: string): Promise<boolean>
  /** All of stdin, without the line's end. */
  readStdin(): Promise<string>
}

type MaybeTty<Stream> = Stream & { readonly isTTY?: boolean }

/** Prompts go to stderr: stdout is the answer's. */
export function createTerminal(stdin: MaybeTty<Readable>, stderr: MaybeTty<Writable>): Terminal {
  const streams = { input: stdin, output: stderr }
  return {
    isInteractive: stdin.isTTY === true && stderr.isTTY === true,
    async askPassword(question, fault) {
      const { isCancel, password } = await import('@clack/prompts')
      const typed = await password({
        ...streams,
        message: question,
        validate: (value) =>
          value === undefined || value === '' ? 'nothing typed' : fault?.(value),
      })
      if (isCancel(typed)) throw cancelled()
      return typed
    },
    async confirm(question) {
      const { confirm, isCancel } = await import('@clack/prompts')
      const answer = await confirm({ ...streams, message: question, initialValue: false })
      if (isCancel(answer)) throw cancelled()
      return answer
    },
    async readStdin() {
      const chunks: Buffer[] = []
      let length = 0
      for await (const chunk of stdin as AsyncIterable<Buffer | string>) {
        const bytes = Buffer.from(chunk)
        length += bytes.length
        if (length > maxStdinBytes) {
          throw new LanyardError('ERR_USAGE', `stdin holds more than ${maxStdinBytes} bytes`)
        }
        chunks.push(bytes)
      }
      return decode(Buffer.concat(chunks)).replace(/\r?\n$/, '')
    },
  }
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new LanyardError('ERR_USAGE', `stdin is not UTF-8: ${messageOf(error)}`)
  }
}

function cancelled(): LanyardError {
  return new LanyardError('ERR_CANCELLED', 'cancelled; nothing was changed')
}
