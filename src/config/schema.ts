import { z } from 'zod'
import {
  addressRanges,
  choice,
  duration,
  issuerUrl,
  keyWithDefault,
  listenAddress,
  optionalKey,
  path,
  pattern,
  wholeNumber,
} from './forms.ts'
import { mailKeys } from './mail.ts'

/** Every key of lanyard.yaml. The loader, the environment's names and the reference all follow from it. */
export const schema = z.strictObject({
  issuer: optionalKey(
    issuerUrl(),
    'The URL that tokens carry as `iss` and that clusters are told. A path is allowed. It never changes once clusters use it. When it is left out: `https://localhost:` and the port of `listen`, which other machines cannot reach. Plain `http` only with `tls.mode: none`.',
  ),
  listen: keyWithDefault(
    listenAddress(),
    '127.0.0.1:8443',
    'Where the server listens. The default is reachable from this machine alone.',
  ),
  data: keyWithDefault(
    path(),
    './data',
    'The directory of the database, the keys and the CA. It is made when it is missing, for its owner alone. In the file it may stand only when the file is named by `--config`.',
  ),
  tls: z.strictObject({
    mode: optionalKey(
      choice(['own', 'files', 'none']),
      '`own`: Lanyard makes a CA and a certificate in the data directory. `files`: the two files below. `none`: plain HTTP, only behind `trustedProxies`. When it is left out: `files` if they are named, else `own`.',
    ),
    certificate: optionalKey(
      path(),
      'A PEM file with the certificate and whatever is between it and its root. It is read again when it changes.',
    ),
    key: optionalKey(path(), 'A PEM file with the private key of that certificate.'),
  }),
  trustedProxies: keyWithDefault(
    addressRanges(),
    [],
    'Proxies in front of Lanyard: the forwarded headers of everybody else are dropped. In the environment the entries are separated by commas.',
  ),
  lifetimes: z.strictObject({
    idToken: keyWithDefault(duration('10s', '24h'), '10m', 'How long an ID token lasts.'),
    login: keyWithDefault(
      duration('1m', '90d'),
      '12h',
      'How long a login on a device lasts, whatever happens on it; then the person signs in again.',
    ),
    code: keyWithDefault(duration('10s', '10m'), '60s', 'How long an authorization code lasts.'),
    deviceCode: keyWithDefault(duration('1m', '30m'), '10m', 'How long a device code lasts.'),
    sessionIdle: keyWithDefault(
      duration('1m', '30d'),
      '1h',
      'How long a browser may be idle and stay signed in.',
    ),
    sessionAbsolute: keyWithDefault(
      duration('1m', '90d'),
      '12h',
      'How long a browser stays signed in at most.',
    ),
    rotationGrace: keyWithDefault(
      duration('0s', '60s'),
      '10s',
      'How long a refresh token that was just replaced still gives the same successor, for parallel commands.',
    ),
    publishAhead: keyWithDefault(
      duration('0s', '7d'),
      '1h',
      'How long a new signing key is published before it signs. It should be longer than clusters keep the old set.',
    ),
  }),
  accessTokens: z.strictObject({
    mode: keyWithDefault(
      choice(['allowed', 'forbidden']),
      'allowed',
      'Whether people may make access tokens for the token webhook. Forbidding it ends none that is there.',
    ),
    maxLifetime: keyWithDefault(
      duration('1m', '3650d'),
      '365d',
      'How long an access token lasts at most. It is checked when one is made.',
    ),
  }),
  audit: z.strictObject({
    stream: optionalKey(
      path(),
      'Where every committed audit event is written as well, as one line of JSON: `stdout`, or a file that is appended to. When it is left out: nowhere.',
    ),
    retention: optionalKey(
      duration('1d', '36500d'),
      'How long audit events are kept. The oldest are deleted when they are older, and never before the stream has written them. When it is left out: for ever.',
    ),
  }),
  mail: mailKeys(),
  admin: z.strictObject({
    secondFactor: keyWithDefault(
      choice(['optional', 'required']),
      'optional',
      '`required`: the pages below `/admin` are for sign-ins with two factors or a passkey, and whoever has no second factor is led to set one up. `optional`: the overview reminds admins who have none.',
    ),
  }),
  adminGroup: keyWithDefault(
    pattern(
      'a group name of lower-case letters, digits, dots, dashes and underscores, at most 128',
      /^[a-z\d][a-z\d._-]{0,127}$/,
    ),
    'lanyard-admins',
    'Members of this group are admins of Lanyard.',
  ),
  maxTokenBytes: keyWithDefault(
    wholeNumber(2048, 65_536),
    16_384,
    'The largest ID token that is issued, in bytes. Proxies and servers on the way limit headers.',
  ),
  brand: z.strictObject({
    name: keyWithDefault(
      pattern('a text of 1 to 64 characters', /^(?!\s)[^\p{C}\p{Zl}\p{Zp}]{1,64}(?<!\s)$/u),
      'Lanyard',
      'The name on every page.',
    ),
    logo: optionalKey(
      pattern('a path that ends in .svg, .png, .jpg, .jpeg or .webp', /\.(?:svg|png|jpe?g|webp)$/i),
      'An image that stands beside the name.',
    ),
    accent: optionalKey(
      pattern('a colour as "#rrggbb", in quotes', /^#[\da-f]{6}$/i),
      'The colour of links and primary buttons; the shades for light and dark are derived from it.',
    ),
  }),
  log: z.strictObject({
    level: keyWithDefault(
      choice(['debug', 'info', 'warn', 'error']),
      'info',
      'The least severe lines that are written.',
    ),
    format: optionalKey(
      choice(['pretty', 'json']),
      'When it is left out: `pretty` on a terminal, `json` otherwise.',
    ),
  }),
})

export type ParsedKeys = z.output<typeof schema>
