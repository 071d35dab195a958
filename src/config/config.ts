/** What the server runs by. Every value has been checked; paths are absolute; durations are seconds. */
export interface Config {
  /** The `iss` of every token: an absolute URL without a slash at its end. */
  readonly issuer: string
  /** True when nothing was configured and the issuer can only be reached from this machine. */
  readonly issuerIsDefault: boolean
  readonly listen: { readonly host: string; readonly port: number }
  /** The directory of the database, the keys and the CA. */
  readonly data: string
  readonly tls: TlsConfig
  /** Addresses and CIDR ranges whose forwarded headers are believed. */
  readonly trustedProxies: readonly string[]
  readonly lifetimes: Lifetimes
  readonly accessTokens: {
    /** Whether people may make new ones. */
    readonly allowed: boolean
    /** Seconds. */
    readonly maxLifetime: number
  }
  readonly audit: {
    /** A file, or `stdout`; null for nowhere. */
    readonly stream:
      | { readonly kind: 'stdout' }
      | { readonly kind: 'file'; readonly path: string }
      | null
    /** Seconds; null for ever. */
    readonly retention: number | null
  }
  /** The SMTP server; null where no mail is sent. */
  readonly mail: MailConfig | null
  readonly admin: {
    /** Whether the admin's pages ask for a sign-in with two factors. */
    readonly secondFactor: 'optional' | 'required'
  }
  /** Members of this group are admins. */
  readonly adminGroup: string
  readonly maxTokenBytes: number
  readonly brand: {
    readonly name: string
    /** A file. */
    readonly logo: string | null
    /** `#rrggbb`, lower case. */
    readonly accent: string | null
  }
  readonly log: { readonly level: LogLevel; readonly format: 'pretty' | 'json' }
  /** LANYARD_KEY_SECRET. A function, so that no print of the configuration can show it. */
  readonly keySecret: (() => Uint8Array) | null
}

export type TlsConfig =
  /** Lanyard's own CA, in the data directory. */
  | { readonly kind: 'own' }
  | { readonly kind: 'files'; readonly certificate: string; readonly key: string }
  /** Plain HTTP, behind trusted proxies alone. */
  | { readonly kind: 'none' }

export interface MailConfig {
  readonly host: string
  readonly port: number
  readonly implicitTls: boolean
  /** Counts without implicit TLS alone. */
  readonly startTls: 'required' | 'never'
  readonly from: string
  readonly username: string | null
  /** A function, so that no print of the configuration can show it. */
  readonly password: (() => string) | null
  /** A PEM file. */
  readonly certificateAuthority: string | null
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Seconds. */
export interface Lifetimes {
  readonly idToken: number
  readonly login: number
  readonly code: number
  readonly deviceCode: number
  readonly sessionIdle: number
  readonly sessionAbsolute: number
  readonly rotationGrace: number
  readonly publishAhead: number
}

/** A configuration whose default issuer still waits for the port: `listen` named port 0. */
export interface Settings extends Omit<Config, 'issuer'> {
  readonly issuer: string | null
}

/** Completes the issuer with the port that the operating system chose. An issuer that was configured stays. */
export function withIssuer(settings: Settings, port: number): Config {
  return { ...settings, issuer: settings.issuer ?? `https://localhost:${port}` }
}
