/** A laptop to be broken, and ways to break it. */
/** A laptop with a login that works, to be broken. */
export interface Laptop extends AsyncDisposable {
  readonly directory: string
  readonly home: string
  readonly kubeconfig: string
  readonly plugin: string
  /** Of the one issuer. */
  readonly state: string
  readonly cache: string
  readonly env: Record<string, string>
}

/** A kubeconfig as an object. */
export interface Config {
  'current-context'?: string
  clusters: { name: string; cluster: Record<string, unknown> }[]
  contexts: { name: string; context: Record<string, unknown> }[]
  users: { name: string; user: Record<string, unknown> & { exec: Record<string, unknown> } }[]
}

export interface Fault {
  readonly name: string
  readonly check: string
  readonly cause: RegExp
  seed(laptop: Laptop): unknown
  /** The one that was broken cannot be asked by kubectl: the plugin's own file is run. */
  readonly direct?: boolean
  /** Somebody types a code. */
  readonly approves?: boolean
  /** The token that is cached stays. */
  readonly cached?: boolean
  /** kubectl is not tried before: it would wait for 30 seconds, or forget the login that is asked about. */
  readonly untried?: boolean
  /** Secrets lie about: every way of printing is looked at. */
  readonly secret?: boolean
}

export interface Surroundings {
  /** Known only once they run. */
  issuer(): string
  /** PEM of a CA that signed nothing here. */
  foreignCa(): string
  /** What must never be printed: seeds add to it. */
  readonly secrets: Set<string>
}
