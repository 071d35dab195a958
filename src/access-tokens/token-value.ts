import { createHash, randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** 178 bits. */
const RANDOM = 30
const CHECKSUM = 6
const PREFIX = 'lanyard_at_'

/**
 * A new value: `lanyard_at_`, 30 random characters and their CRC-32, so that a scanner knows one without asking anybody:
 * `lanyard_at_[0-9A-Za-z]{36}`.
 */
export function makeTokenValue(): string {
  let random = ''
  for (let at = 0; at < RANDOM; at += 1) random += ALPHABET[randomInt(ALPHABET.length)]
  return `${PREFIX}${random}${checksum(random)}`
}

/** Whether it has the form and the checksum of ours. A token that was imported has neither. */
export function isTokenValue(value: string): boolean {
  if (!/^lanyard_at_[\dA-Za-z]{36}$/.test(value)) return false
  const random = value.slice(PREFIX.length, -CHECKSUM)
  return value.endsWith(checksum(random))
}

/** What is stored. SHA-256 will do: nobody guesses 178 random bits, and what is imported is only as good as it was. */
export function hashTokenValue(value: string): string {
  return createHash('sha256').update(value).digest('base64url')
}

/** By which its owner knows it again. */
export function hintOf(value: string): string {
  return value.length < 16 ? '' : value.slice(-4)
}

function checksum(random: string): string {
  let rest = crc32(random)
  let text = ''
  for (let at = 0; at < CHECKSUM; at += 1) {
    text = `${ALPHABET[rest % ALPHABET.length]}${text}`
    rest = Math.floor(rest / ALPHABET.length)
  }
  return text
}
