import { createServer, type Server } from 'node:http'
import type { ClusterRoom } from './admit.ts'
import type { Metrics } from './metrics.ts'

/** `/livez`, `/readyz` and `/metrics`, on a listener of their own: nobody who sends requests through the proxy sees them. */
export function createHealth(
  clusters: readonly ClusterRoom[],
  metrics: Metrics,
  isClosing: () => boolean,
): Server {
  return createServer({ headersTimeout: 5_000 }, (req, res) => {
    const path = (req.url ?? '').split('?', 1)[0]
    const say = (status: number, text: string, type = 'text/plain; charset=utf-8') => {
      res.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
      res.end(text)
    }
    if (path === '/livez') say(200, 'ok\n')
    else if (path === '/readyz') {
      const faults = isClosing() ? ['closing'] : clusters.flatMap(faultOf)
      say(faults.length === 0 ? 200 : 503, faults.length === 0 ? 'ok\n' : `${faults.join('\n')}\n`)
    } else if (path === '/metrics') {
      metrics.text().then(
        (text) => say(200, text, metrics.contentType),
        () => say(500, 'no metrics\n'),
      )
    } else say(404, 'not found\n')
  })
}

function faultOf({ name, reviewer }: ClusterRoom): string[] {
  const { fault } = reviewer
  if (fault === null) return []
  return [`${name}: ${fault ?? 'Lanyard has not been asked yet'}`]
}
