import { createHash } from 'node:crypto'
import type { Context, Next } from 'koa'

export interface Asset {
  /** Its name below the base, such as `lanyard.css`. */
  readonly path: string
  readonly body: Buffer | string
  /** The whole Content-Type. */
  readonly type: string
}

/** A Koa middleware that answers for the assets and nothing else. */
export interface Assets {
  (ctx: Context, next: Next): Promise<void>
  /** The URL path to put on a page: named by content, so that browsers keep it for good. @throws TypeError for a path not given. */
  url(path: string): string
}

interface Served {
  readonly body: Buffer
  readonly type: string
  readonly etag: string
  readonly cacheControl: string
}

/**
 * Serves files from memory, under their own name (revalidated every time) and under one that carries their hash (kept for a year).
 * @param options.base where they are, with the issuer's path and no slash at its end.
 */
export function createAssets(
  files: readonly Asset[],
  { base = '/assets' }: { readonly base?: string } = {},
): Assets {
  const served = new Map<string, Served>()
  const urls = new Map<string, string>()
  for (const { path, body, type } of files) {
    const bytes = Buffer.from(body)
    const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 16)
    const url = `${base}/${path.replace(/(\.[^./]*)?$/, `.${hash}$1`)}`
    const file = { body: bytes, type, etag: `"${hash}"` }
    urls.set(path, url)
    served.set(`${base}/${path}`, { ...file, cacheControl: 'no-cache' })
    served.set(url, { ...file, cacheControl: 'public, max-age=31536000, immutable' })
  }

  async function assets(ctx: Context, next: Next): Promise<void> {
    const file = served.get(ctx.path)
    if (file === undefined || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) await next()
    else serve(ctx, file)
  }
  return Object.assign(assets, {
    url(path: string): string {
      const url = urls.get(path)
      if (url === undefined) throw new TypeError(`there is no asset "${path}"`)
      return url
    },
  })
}

function serve(ctx: Context, file: Served): void {
  ctx.status = 200
  ctx.set({
    'Cache-Control': file.cacheControl,
    ETag: file.etag,
    // An SVG opened by itself is a document: it gets no script, no origin and nothing from elsewhere.
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    'Cross-Origin-Resource-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
  })
  if (ctx.fresh) {
    ctx.status = 304
    return
  }
  ctx.body = file.body
  ctx.set('Content-Type', file.type)
}
