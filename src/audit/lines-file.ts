import { constants, type Stats } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { hasCode, LanyardError } from '../errors/index.ts'
import { readLine } from './canonical.ts'
import type { Position } from './walk.ts'

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDWR, O_WRONLY } = constants
/** Whoever opens a pipe that nobody reads waits for ever, and with them the thread that they wait in. */
const SAFELY = O_NOFOLLOW | O_NONBLOCK
const STEP = 16_384
const NEWLINE = 10

/** Appends whole lines and resolves when they are on the disk. Opened anew each time: whoever rotates the file needs to tell nobody. */
export async function appendLines(file: string, text: string): Promise<void> {
  const handle = await open(file, O_WRONLY | O_APPEND | O_CREAT | SAFELY, 0o600)
  try {
    await refuseOther(handle, file)
    await handle.appendFile(text)
    await handle.datasync()
  } finally {
    await handle.close()
  }
}

/**
 * The event that a file ends with; undefined where there is no file or nothing in it. A last line without its end was cut off while it was
 * written, and is taken away.
 * @throws LanyardError ERR_AUDIT_FILE_FOREIGN for a file of something else, and for what is no file.
 */
export async function lastLineOf(file: string): Promise<Position | undefined> {
  let handle: FileHandle
  try {
    handle = await open(file, O_RDWR | SAFELY)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
  try {
    const { size } = await refuseOther(handle, file)
    const end = await afterNewline(handle, size)
    if (end === 0 && size === 0) return undefined
    const begin = end === 0 ? 0 : await afterNewline(handle, end - 1)
    const line = readLine((await read(handle, begin, Math.max(0, end - 1 - begin))).toString())
    if (end > 0 && (line === undefined || !line.intact)) throw foreign(file)
    // Nothing but the beginning of a first line: only ours may go.
    if (end === 0 && !(await read(handle, 0, 6)).toString().startsWith('{"v":1')) {
      throw foreign(file)
    }
    if (end < size) await handle.truncate(end)
    return line === undefined ? undefined : { id: line.id, hash: line.hash }
  } finally {
    await handle.close()
  }
}

async function refuseOther(handle: FileHandle, file: string): Promise<Stats> {
  const stats = await handle.stat()
  if (stats.isFile()) return stats
  throw new LanyardError('ERR_AUDIT_FILE_FOREIGN', `${file} is no file`, {
    hint: 'name a file; to a pipe, let standard output go there',
  })
}

/** Where the line after the last newline before `end` begins. */
async function afterNewline(handle: FileHandle, end: number): Promise<number> {
  for (let at = end; at > 0; ) {
    const begin = Math.max(0, at - STEP)
    const found = (await read(handle, begin, at - begin)).lastIndexOf(NEWLINE)
    if (found !== -1) return begin + found + 1
    at = begin
  }
  return 0
}

async function read(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}

function foreign(file: string): LanyardError {
  return new LanyardError(
    'ERR_AUDIT_FILE_FOREIGN',
    `the file ${file} does not end with an exported event`,
    { hint: 'name a file of its own' },
  )
}
