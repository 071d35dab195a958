import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { createAuthority } from '../support/certificates.ts'
import { startHttpsServer } from '../support/https-server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

export type Issuer = Awaited<ReturnType<typeof startIssuer>>

/** Discovery, one key, and a signature under whatever claims the test wants: tokens that Lanyard itself never issues. */
export async function startIssuer() {
  await using stack = new AsyncDisposableStack()
  const directory = stack.use(await temporaryDirectory()).path
  const authority = await createAuthority(directory, 'issuer-authority')
  const serving = await authority.issue({ name: 'issuer', usage: 'server', hosts: ['127.0.0.1'] })
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }]
  const { origin } = stack.use(
    await startHttpsServer(serving, '127.0.0.1', (request, answer) => {
      const issuer = `https://${request.headers.host ?? ''}`
      answer.setHeader('content-type', 'application/json')
      answer.setHeader('cache-control', 'no-store')
      answer.end(
        JSON.stringify(request.url === '/jwks' ? { keys } : { issuer, jwks_uri: `${issuer}/jwks` }),
      )
    }),
  )
  const certificateAuthorityFile = join(directory, 'issuer.crt')
  await writeFile(certificateAuthorityFile, authority.certificate)
  const owned = stack.move()
  return {
    trust: {
      issuer: origin,
      certificateAuthority: authority.certificate,
      audience: 'prod',
      usernamePrefix: '',
      groupsPrefix: 'oidc:',
    },
    certificateAuthorityFile,
    /** A token like Lanyard's, but for these claims; undefined leaves one out. */
    sign: (claims: JWTPayload = {}, lifetimeSeconds = 600) =>
      new SignJWT({
        iss: origin,
        aud: 'prod',
        sub: 'u-ada',
        jti: 'device.1',
        sid: 'device',
        amr: ['pwd'],
        token_use: 'kube',
        preferred_username: 'ada',
        groups: ['viewers'],
        ...claims,
      })
        .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
        .setIssuedAt()
        .setExpirationTime(`${lifetimeSeconds}s`)
        .sign(privateKey),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
