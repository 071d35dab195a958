import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { LanyardError, messageOf } from '../errors/index.ts'
import type { CommandLine } from './command-line.ts'
import { parseIssuer } from './issuer-address.ts'
import type { LoginStore, Trust } from './login-store.ts'
import { CLIENT_ID } from './places.ts'
import { loginCommand } from './session.ts'

interface Asked {
  readonly line: CommandLine
  readonly store: LoginStore
}

export function readCertificateAuthority(path: string): string {
  let pem: string
  try {
    pem = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new LanyardError(
      'ERR_CA_UNREADABLE',
      `cannot read the CA "${path}": ${messageOf(cause)}`,
      {
        cause,
      },
    )
  }
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  try {
    if (certificates.length === 0) {
      throw new TypeError('there is none in it')
    }
    return certificates.map((certificate) => new X509Certificate(certificate).toString()).join('')
  } catch (cause) {
    throw new LanyardError('ERR_CA_INVALID', `"${path}" is not a certificate in PEM form`, {
      cause,
    })
  }
}

/** The issuer that is meant: the one named, or the only one known. */
function whichIssuer({ line, store }: Asked): string {
  if (line.issuer !== undefined) {
    return parseIssuer(line.issuer)
  }
  const known = store.issuers()
  const [only] = known
  if (only === undefined) {
    throw new LanyardError('ERR_ISSUER_UNKNOWN', 'no issuer is known on this device', {
      hint: 'run: kubectl lanyard setup ISSUER',
    })
  }
  if (known.length > 1) {
    throw new LanyardError('ERR_USAGE', `several issuers are known: ${known.join(', ')}`, {
      hint: 'say which one with --issuer',
    })
  }
  return only
}

/** Trust begins here and only here: with a person who names an issuer to `setup` or `login`. */
export function givenTrust(run: Asked): Trust {
  const issuer = whichIssuer(run)
  const { certificateAuthority: path } = run.line
  const known = run.store.trust(issuer)
  return {
    issuer,
    client: CLIENT_ID,
    certificateAuthority:
      path === undefined ? (known?.certificateAuthority ?? null) : readCertificateAuthority(path),
  }
}

export function knownTrust(run: Asked): Trust {
  const issuer = whichIssuer(run)
  const trust = run.store.trust(issuer)
  if (trust === undefined) {
    throw new LanyardError(
      'ERR_ISSUER_UNKNOWN',
      `${issuer} is not an issuer that this device trusts`,
      {
        hint: `if you know it, run: ${loginCommand(issuer)}`,
      },
    )
  }
  return trust
}
