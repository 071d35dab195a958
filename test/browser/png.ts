/** Pictures of pages have few colours: a palette of 256 holds them, at a third of the size (PNG, ISO/IEC 15948). */
import { crc32, deflateSync, inflateSync } from 'node:zlib'

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const MOST_COLOURS = 256

/** Three bytes a pixel, line by line. */
interface Pixels {
  readonly width: number
  readonly height: number
  readonly rgb: Uint8Array
}

/** The same picture with a palette. Throws for what a browser does not write: other depths, and interlaced pictures. */
export function compressPng(png: Buffer): Buffer {
  const { width, height, rgb } = readPng(png)
  const colours = count(rgb)
  const palette = paletteOf(colours)
  const index = new Map(palette.map((colour, at) => [colour, at]))
  for (const colour of colours.keys()) {
    if (!index.has(colour)) index.set(colour, nearest(palette, colour))
  }
  const lines = Buffer.alloc(height * (width + 1))
  for (let y = 0, from = 0, to = 0; y < height; y += 1) {
    to += 1
    for (let x = 0; x < width; x += 1, from += 3, to += 1) {
      lines[to] = index.get(colourAt(rgb, from)) ?? 0
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 3], 8)
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flatMap((rgb) => [rgb >> 16, (rgb >> 8) & 255, rgb & 255]))),
    chunk('IDAT', deflateSync(lines, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** The most frequent first; one that is close to a more frequent one goes with it, so that a rare red is not lost among greys. */
function paletteOf(colours: ReadonlyMap<number, number>): number[] {
  const frequent = [...colours].toSorted(([, one], [, other]) => other - one)
  for (let closest = 0; ; closest += 24) {
    const palette: number[] = []
    for (const [colour] of frequent) {
      if (palette.length > MOST_COLOURS) break
      const own = palette[nearest(palette, colour)]
      if (own === undefined || distance(own, colour) > closest) palette.push(colour)
    }
    if (palette.length <= MOST_COLOURS) return palette
  }
}

function readPng(png: Buffer): Pixels {
  let header: Buffer = Buffer.alloc(0)
  const data: Buffer[] = []
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at)
    const body = png.subarray(at + 8, at + 8 + length)
    const type = png.toString('latin1', at + 4, at + 8)
    if (type === 'IHDR') header = body
    if (type === 'IDAT') data.push(body)
    at += length + 12
  }
  const width = header.readUInt32BE(0)
  const height = header.readUInt32BE(4)
  const bytes = header[9] === 6 ? 4 : 3
  if (header[8] !== 8 || (header[9] ?? 0) % 4 !== 2 || header[12] !== 0) {
    throw new TypeError('the picture is not of 8 bits, true colour and in one piece')
  }
  const lines = unfilter(inflateSync(Buffer.concat(data)), { width: width * bytes, height, bytes })
  const rgb = new Uint8Array(width * height * 3)
  for (let from = 0, to = 0; to < rgb.length; from += bytes, to += 3) {
    rgb.set(lines.subarray(from, from + 3), to)
  }
  return { width, height, rgb }
}

/** ISO/IEC 15948 §9: each line begins with how its bytes differ from those to the left and above. */
function unfilter(
  filtered: Buffer,
  { width, height, bytes }: { width: number; height: number; bytes: number },
): Uint8Array {
  const lines = new Uint8Array(width * height)
  for (let y = 0, from = 0, to = 0; y < height; y += 1) {
    const filter = filtered[from] ?? 0
    from += 1
    for (let x = 0; x < width; x += 1, from += 1, to += 1) {
      const left = x < bytes ? 0 : (lines[to - bytes] ?? 0)
      const above = y === 0 ? 0 : (lines[to - width] ?? 0)
      const corner = x < bytes || y === 0 ? 0 : (lines[to - width - bytes] ?? 0)
      const guesses = [0, left, above, (left + above) >> 1, paeth(left, above, corner)]
      lines[to] = (filtered[from] ?? 0) + (guesses[filter] ?? 0)
    }
  }
  return lines
}

function paeth(left: number, above: number, corner: number): number {
  const guess = left + above - corner
  const [a, b, c] = [left, above, corner].map((each) => Math.abs(guess - each))
  if (a === undefined || b === undefined || c === undefined) return 0
  if (a <= b && a <= c) return left
  return b <= c ? above : corner
}

function count(rgb: Uint8Array): Map<number, number> {
  const colours = new Map<number, number>()
  for (let at = 0; at < rgb.length; at += 3) {
    const colour = colourAt(rgb, at)
    colours.set(colour, (colours.get(colour) ?? 0) + 1)
  }
  return colours
}

const colourAt = (rgb: Uint8Array, at: number): number =>
  ((rgb[at] ?? 0) << 16) | ((rgb[at + 1] ?? 0) << 8) | (rgb[at + 2] ?? 0)

function nearest(palette: readonly number[], colour: number): number {
  let best = 0
  let least = Number.POSITIVE_INFINITY
  for (const [at, other] of palette.entries()) {
    const away = distance(other, colour)
    if (away < least) [best, least] = [at, away]
  }
  return best
}

function distance(one: number, other: number): number {
  const red = (one >> 16) - (other >> 16)
  const green = ((one >> 8) & 255) - ((other >> 8) & 255)
  const blue = (one & 255) - (other & 255)
  return red * red + green * green + blue * blue
}

function chunk(type: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), body])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, sum])
}
