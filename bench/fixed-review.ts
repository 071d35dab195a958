/**
 * What a token webhook costs at least: node:https reads the question and answers a fixed TokenReview, whoever asks about whom. It prints
 * its port.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'

const [keyFile = '', certFile = ''] = process.argv.slice(2)
const status = {
  authenticated: true,
  user: {
    ...{ username: 'user-0', uid: '3f1c1b0a-8f0b-4a57-9a0e-6d1b6f1e2c55' },
    groups: Array.from({ length: 10 }, (_, index) => `team-${index}`),
    extra: { 'authentication.kubernetes.io/credential-id': ['ACCESSTOKEN=0011223344556677'] },
  },
}

const server = createServer(
  { key: readFileSync(keyFile), cert: readFileSync(certFile), noDelay: true },
  (req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      const { apiVersion, kind } = JSON.parse(Buffer.concat(chunks).toString()) as {
        apiVersion: string
        kind: string
      }
      const text = JSON.stringify({ apiVersion, kind, status })
      res.writeHead(200, {
        ...{ 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
        'Content-Length': Buffer.byteLength(text),
      })
      res.end(text)
    })
  },
)
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})
process.once('SIGTERM', () => process.exit())
