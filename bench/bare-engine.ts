/**
 * The peer that Lanyard is measured against in the same run: oidc-provider with nothing around it but HTTPS and a durable
 * store with group commit that keeps no access tokens; and a fixed buffer at /static. It prints its port and 64 refresh
 * tokens as one line of JSON.
 */
import { generateKeyPairSync, hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type Adapter, type AdapterPayload, Provider } from 'oidc-provider'
import { openStore, prepare } from '../db/index.ts'

const [directory = '', keyFile = '', certFile = ''] = process.argv.slice(2)
const store = openStore({ file: `${directory}/bare.db`, clock: Date.now })

const select = prepare<{ id: string }>()((db, param) =>
  db.selectFrom('engine_rows').select(['payload', 'consumed_at']).where('id', '=', param('id')),
)
const upsert = prepare<{
  id: string
  model: string
  payload: string
  grantId: string | null
  expiresAt: number
}>()((db, param) =>
  db
    .insertInto('engine_rows')
    .values({
      id: param('id'),
      model: param('model'),
      payload: param('payload'),
      grant_id: param('grantId'),
      uid: null,
      user_code: null,
      account_id: null,
      client_id: null,
      expires_at: param('expiresAt'),
      consumed_at: null,
    })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ payload: param('payload') })),
)
const consume = prepare<{ id: string; now: number }>()((db, param) =>
  db
    .updateTable('engine_rows')
    .set({ consumed_at: param('now') })
    .where('id', '=', param('id'))
    .where('consumed_at', 'is', null),
)

class StoreAdapter implements Adapter {
  readonly model: string

  constructor(model: string) {
    this.model = model
  }

  #id(id: string): string {
    return hash('sha256', `${this.model}:${id}`, 'base64url')
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    if (this.model === 'AccessToken') return
    await store.write((tx) =>
      tx.run(upsert, {
        id: this.#id(id),
        model: this.model,
        payload: JSON.stringify(payload),
        grantId: payload.grantId ?? null,
        expiresAt: Date.now() + expiresIn * 1000,
      }),
    )
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const row = await store.first(select, { id: this.#id(id) })
    if (row === undefined) return undefined
    const payload = JSON.parse(row.payload) as AdapterPayload
    return row.consumed_at === null ? payload : { ...payload, consumed: row.consumed_at }
  }

  async consume(id: string): Promise<void> {
    const changed = await store.write((tx) =>
      tx.run(consume, { id: this.#id(id), now: Date.now() }),
    )
    if (changed === 0) throw new Error('consumed before')
  }

  async findByUid(): Promise<undefined> {}
  async findByUserCode(): Promise<undefined> {}
  async destroy(): Promise<void> {}
  async revokeByGrantId(): Promise<void> {}
}

const jwk = (
  pair: { privateKey: { export(options: { format: 'jwk' }): object } },
  alg: string,
) => ({
  ...pair.privateKey.export({ format: 'jwk' }),
  alg,
  use: 'sig',
})

const client = (alg: 'ES256' | 'RS256') => ({
  client_id: alg,
  token_endpoint_auth_method: 'none' as const,
  application_type: 'native' as const,
  redirect_uris: ['http://127.0.0.1/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code' as const],
  id_token_signed_response_alg: alg,
})

const server = createServer({ key: readFileSync(keyFile), cert: readFileSync(certFile) })
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const port = (server.address() as AddressInfo).port
const provider = new Provider(`https://localhost:${port}`, {
  adapter: StoreAdapter,
  clients: [client('ES256'), client('RS256')],
  jwks: {
    keys: [
      jwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'ES256'),
      jwk(generateKeyPairSync('rsa', { modulusLength: 2048 }), 'RS256'),
    ],
  },
  claims: { openid: ['sub'], groups: ['groups'] },
  conformIdTokenClaims: false,
  cookies: { keys: ['bare'] },
  features: { devInteractions: { enabled: false } },
  rotateRefreshToken: true,
  findAccount: (_ctx, sub) => ({
    accountId: sub,
    claims: () => ({ sub, groups: Array.from({ length: 10 }, (_, index) => `group-${index}`) }),
  }),
  ttl: { AccessToken: 600, Grant: 43_200, IdToken: 600, RefreshToken: 43_200 },
})
const engine = provider.callback()
const fixed = Buffer.from(JSON.stringify({ keys: ['x'.repeat(700)] }))
const headers = { 'Content-Type': 'application/json', 'Content-Length': String(fixed.length) }
server.on('request', (req, res) => {
  if (req.url !== '/static') {
    void engine(req, res)
    return
  }
  res.writeHead(200, headers)
  res.end(fixed)
})

const tokens: Record<string, string[]> = { ES256: [], RS256: [] }
for (const clientId of ['ES256', 'RS256']) {
  for (let index = 0; index < 64; index += 1) {
    const accountId = `user-${index}`
    const grant = new provider.Grant({ accountId, clientId })
    grant.addOIDCScope('openid groups offline_access')
    const grantId = await grant.save()
    const found = await provider.Client.find(clientId)
    if (found === undefined) throw new Error(`no client ${clientId}`)
    const token = new provider.RefreshToken({
      accountId,
      client: found,
      grantId,
      gty: 'authorization_code',
      scope: 'openid groups offline_access',
    })
    tokens[clientId]?.push(await token.save())
  }
}
process.stdout.write(`${JSON.stringify({ port, tokens })}\n`)
