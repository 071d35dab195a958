/**
 * Threats 11, 25 and 29 at the token webhook and at what a proxy asks: tokens that nobody signed, that somebody else signed, and
 * tokens of Lanyard's own that are not for a cluster, each at both doors (RFC 8725 §2.1, §3.1, §3.8, §3.9).
 */
import assert from 'node:assert/strict'
import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { type JWK, SignJWT } from 'jose'
import { Agent, request } from 'undici'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import {
  authorize,
  clusterLogin,
  exchange,
  payloadOf,
  pluginLogin,
  redeem,
} from '../support/logins.ts'
import { Person } from '../support/person.ts'
import {
  DOOR_KINDS,
  type DoorKind,
  type Doors,
  openDoors,
  type StolenKey,
  stealKey,
} from './doors.ts'

const SIGNATURE = 'the ID token was refused: signature verification failed'
const ALGORITHM = 'the ID token was refused: "alg" (Algorithm) Header Parameter value not allowed'
const NO_KEY = 'the ID token was refused: no applicable key found in the JSON Web Key Set'
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('a forged token at the doors', () => {
  const owned = new AsyncDisposableStack()
  const credentials = new Map<DoorKind, string>()
  let lanyard: Lanyard
  let doors: Doors
  let stolen: StolenKey
  let idToken: string
  let publicJwk: JWK

  before(async () => {
    lanyard = owned.use(await startLanyard())
    doors = owned.use(openDoors(lanyard))
    const ada = await lanyard.addUser('ada', ['dev'])
    await lanyard.addUser('root', ['dev', 'admins'])
    await lanyard.addCluster('prod', { groups: ['dev'] })
    await lanyard.addCluster('other', { groups: ['dev'] })
    for (const kind of DOOR_KINDS) credentials.set(kind, await doors.issue('prod', kind))
    idToken = (await clusterLogin(lanyard, ada, 'prod')).idToken
    stolen = await stealKey(lanyard, 'RS256')
    const dispatcher = new Agent({ connect: { ca: lanyard.ca } })
    const { body } = await request(`${lanyard.issuer}/jwks`, { dispatcher })
    const { keys } = (await body.json()) as { keys: JWK[] }
    await dispatcher.destroy()
    publicJwk = keys.find(({ kid }) => kid === stolen.kid) ?? assert.fail('no key is published')
  })
  after(() => owned.disposeAsync())

  async function seen(token: string) {
    const answers = []
    for (const kind of DOOR_KINDS) {
      const credential = credentials.get(kind) ?? ''
      answers.push(await doors.ask({ kind, cluster: 'prod', credential, token }))
    }
    return answers
  }
  async function assertNobody(token: string, sentence: string, about?: string) {
    assert.deepEqual(await seen(token), [sentence, sentence], about)
  }
  const hmac = (secret: string | Buffer, header = {}) => {
    const input = `${encode({ alg: 'HS256', kid: stolen.kid, ...header })}.${encode(payloadOf(idToken))}`
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
  }

  it('is none where nothing is wrong with it, by Lanyard or by a thief of its key', async () => {
    const ada = { username: 'ada', groups: ['dev'] }
    assert.deepEqual(await seen(idToken), [ada, ada])
    assert.deepEqual(await seen(await stolen.sign(payloadOf(idToken))), [ada, ada])
  })

  it('is refused with the public key as a password, in every spelling of the key', async () => {
    const key = createPublicKey({ key: publicJwk, format: 'jwk' })
    for (const secret of [
      key.export({ format: 'pem', type: 'spki' }),
      key.export({ format: 'pem', type: 'pkcs1' }),
      key.export({ format: 'der', type: 'spki' }),
      JSON.stringify(publicJwk),
      publicJwk.n ?? '',
      Buffer.from(publicJwk.n ?? '', 'base64url'),
      Buffer.alloc(0),
    ]) {
      await assertNobody(hmac(secret), ALGORITHM)
      // A header that still says what is expected has nothing but a signature of 32 bytes.
      await assertNobody(hmac(secret, { alg: 'RS256' }), SIGNATURE)
    }
  })

  it('is refused by a key that comes along, or that is called like ours', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const jwk = publicKey.export({ format: 'jwk' })
    const sign = (header: object) =>
      new SignJWT(payloadOf(idToken))
        .setProtectedHeader({ alg: 'RS256', ...header })
        .sign(privateKey)
    await assertNobody(await sign({ kid: 'mine', jwk }), NO_KEY)
    await assertNobody(await sign({ kid: stolen.kid, jwk }), SIGNATURE)
    await assertNobody(await sign({ kid: stolen.kid, jku: 'https://evil.example/jwks' }), SIGNATURE)
    await assertNobody(await sign({ kid: stolen.kid, x5u: 'https://evil.example/x' }), SIGNATURE)
    await assertNobody(await sign({}), SIGNATURE)
    const pss = await new SignJWT(payloadOf(idToken))
      .setProtectedHeader({ alg: 'PS256', kid: stolen.kid })
      .sign(privateKey)
    await assertNobody(pss, ALGORITHM)
    const [, payload = '', signature = ''] = idToken.split('.')
    await assertNobody(
      `${encode({ alg: 'ES256', kid: stolen.kid })}.${payload}.${signature}`,
      NO_KEY,
    )
  })

  it('is refused with claims that Lanyard never signs, though its key did', async () => {
    const claims = payloadOf(idToken)
    const root = await lanyard.server.rooms.directory.users.get('root')
    const unknown = 'this user does not exist'
    const machine = 'm-aaaaaaaaaaaaaaaa'
    const mixed = 'the ID token was refused: its jti is of a machine, and its sub or sid is not'
    for (const [change, sentence] of [
      [{ aud: ['prod'] }, 'the ID token was refused: it is for audience "prod", and not "prod"'],
      [
        { aud: ['prod', 'other'] },
        'the ID token was refused: it is for audience "prod,other", and not "prod"',
      ],
      [{ aud: 'other' }, 'the ID token was refused: it is for audience "other", and not "prod"'],
      [{ iss: `${lanyard.issuer}/live` }, 'the ID token was refused: unexpected "iss" claim value'],
      [{ iss: `${lanyard.issuer}/` }, 'the ID token was refused: unexpected "iss" claim value'],
      [{ token_use: 'application' }, 'the ID token was refused: it is not for a cluster'],
      [{ token_use: 'login' }, 'the ID token was refused: it is not for a cluster'],
      [{ token_use: ['kube'] }, 'the ID token was refused: it is not for a cluster'],
      [{ exp: 1 }, 'the ID token was refused: "exp" claim timestamp check failed'],
      [{ exp: undefined }, 'the ID token was refused: missing required "exp" claim'],
      [{ exp: '9999999999' }, 'the ID token was refused: "exp" claim must be a number'],
      [{ sid: undefined }, 'the ID token was refused: missing required "sid" claim'],
      // Another person, with the login of this one.
      [{ sub: root.id }, 'this login does not belong to root'],
      [{ sub: 'lanyard:probe' }, unknown],
      [{ sub: { id: claims['sub'] } }, 'the ID token was refused: its sub or sid is no text'],
      [{ sid: [claims['sid']] }, 'the ID token was refused: its sub or sid is no text'],
      [{ sid: 'aaaaaaaaaaaaaaaa' }, 'this login of ada is unknown or was signed out'],
      // A person's, that says of itself to be a machine's, with and without its id.
      [{ jti: `${machine}.${'A'.repeat(16)}` }, mixed],
      [{ jti: `${machine}.${'A'.repeat(16)}`, sub: machine }, mixed],
      [{ jti: `${machine}.${'A'.repeat(16)}`, sid: machine }, mixed],
      [{ sub: machine }, unknown],
      [
        { jti: `${machine}.${'A'.repeat(16)}`, sub: machine, sid: machine },
        'this machine rule or application does not exist',
      ],
    ] as const) {
      const about = JSON.stringify(change)
      await assertNobody(await stolen.sign({ ...claims, ...change }), sentence, about)
    }
  })

  it('is as little worth as its names: what it says of groups and name is not believed', async () => {
    const change = { preferred_username: 'root', groups: ['system:masters', 'admins'] }
    const ada = { username: 'ada', groups: ['dev'] }
    assert.deepEqual(await seen(await stolen.sign({ ...payloadOf(idToken), ...change })), [
      ada,
      ada,
    ])
  })

  it('is every other token of ours: of an application, of the plugin’s API, of the probe', async () => {
    const { clusters, directory } = lanyard.server.rooms
    const redirectUri = 'https://app.example.com/cb'
    const app = { name: 'app', redirectUris: [redirectUri], everyone: true }
    const { secret } = await clusters.applications.add(app, byTest)
    noteSecret(secret ?? '', 'client secret')
    await lanyard.server.issuer.refresh()
    const bob = await lanyard.addUser('bob', ['dev'])
    const person = new Person(lanyard)
    const { started, params } = await authorize(lanyard, person, bob, {
      clientId: 'app',
      redirectUri,
    })
    await person.close()
    const authorization = `Basic ${Buffer.from(`app:${secret}`).toString('base64')}`
    const given = await redeem(lanyard, started, params.get('code') ?? '', {
      headers: { authorization },
      change: { client_id: 'app' },
    })
    assert.equal(given.status, 200, JSON.stringify(given.body))
    const ofApp = String(given.body['id_token'])
    noteSecret(ofApp, 'ID token')
    const ofApplication = 'the ID token was refused: it is for audience "app", and not "prod"'
    await assertNobody(ofApp, ofApplication)
    // Nor where its audience had been the cluster's.
    await assertNobody(
      await stolen.sign({ ...payloadOf(ofApp), aud: 'prod' }),
      'the ID token was refused: it is not for a cluster',
    )

    const login = await pluginLogin(lanyard, bob)
    await assertNobody(
      login.tokens.idToken,
      'the ID token was refused: it is for audience "kubectl-lanyard", and not "prod"',
    )
    const api = await exchange(lanyard, login, `${lanyard.issuer}/kubectl/v1`, {
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    })
    const ofApi = String(api.body['access_token'])
    for (const answer of await seen(ofApi))
      assert.match(typeof answer === 'string' ? answer : '', /^the ID token was refused: /)
    await assertNobody(login.refreshToken, 'this token is none of ours')

    const frame = Object.fromEntries(
      Object.entries(payloadOf(idToken)).filter(
        ([claim]) => !['sub', 'sid', 'auth_time', 'amr', 'acr', 'name'].includes(claim),
      ),
    )
    const probe = { ...frame, sub: 'lanyard:probe', jti: 'probe.AAAAAAAAAAAA' }
    await assertNobody(
      await stolen.sign(probe),
      'the ID token was refused: missing required "sid" claim',
    )
    assert.equal(await directory.users.find('lanyard:probe'), undefined)
  })
})
