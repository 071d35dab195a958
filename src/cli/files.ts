import { readFile } from 'node:fs/promises'
import { LanyardError, messageOf } from '../errors/index.ts'

/** The text of a file that an option names. Throws ERR_USAGE where it cannot be read. */
export async function readOptionFile(option: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new LanyardError('ERR_USAGE', `${option}: ${messageOf(error)}`, { cause: error })
  }
}
