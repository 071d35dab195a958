import { LanyardError } from '../errors/index.ts'

/** A cluster that this person may enter, as the issuer lists it. */
export interface EnterableCluster {
  readonly name: string
  readonly audience: string
  readonly server: string
  readonly certificateAuthority: string | null
}

export interface Person {
  readonly username: string
  readonly displayName: string | null
  readonly groups: readonly string[]
}

/** One login of this person on one machine. Times as RFC 3339. */
export interface ListedDevice {
  readonly id: string
  readonly name: string
  readonly client: string
  readonly createdAt: string
  readonly lastUsedAt: string | null
  readonly expiresAt: string | null
  readonly current: boolean
}

type Fields = Readonly<Record<string, unknown>>

function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(what)
  }
  return { ...value }
}

function invalid(what: string): LanyardError {
  return new LanyardError('ERR_ANSWER_INVALID', `the issuer's answer has no valid "${what}"`, {
    hint: 'is this plugin older or newer than the issuer?',
  })
}

function text(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value !== 'string' || value === '') {
    throw invalid(name)
  }
  return value
}

function optionalText(fields: Fields, name: string): string | null {
  return fields[name] === null || fields[name] === undefined || fields[name] === ''
    ? null
    : text(fields, name)
}

function list(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name]
  if (!Array.isArray(value)) {
    throw invalid(name)
  }
  return value
}

function parseCluster(value: unknown): EnterableCluster {
  const fields = fieldsOf(value, 'clusters')
  const server = text(fields, 'server')
  // kubectl would send the token in the clear.
  if (!URL.canParse(server) || new URL(server).protocol !== 'https:') {
    throw invalid('server')
  }
  return {
    name: text(fields, 'name'),
    audience: text(fields, 'audience'),
    server,
    certificateAuthority: optionalText(fields, 'certificateAuthority'),
  }
}

/** Reads `GET <issuer>/kubectl/v1/clusters`. Throws ERR_ANSWER_INVALID. */
export function parseClusters(document: unknown): {
  person: Person
  clusters: EnterableCluster[]
  /** Of the Lanyard that answers; null where it does not say. */
  version: string | null
} {
  const fields = fieldsOf(document, 'document')
  const user = fieldsOf(fields['user'], 'user')
  const groups = list(user, 'groups').map((group) => {
    if (typeof group !== 'string') {
      throw invalid('groups')
    }
    return group
  })
  const username = text(user, 'username')
  return {
    person: { username, displayName: optionalText(user, 'displayName'), groups },
    clusters: list(fields, 'clusters').map(parseCluster),
    version: optionalText(fields, 'version'),
  }
}

/** Reads `GET <issuer>/kubectl/v1/devices`. Throws ERR_ANSWER_INVALID. */
export function parseDevices(document: unknown): ListedDevice[] {
  return list(fieldsOf(document, 'document'), 'devices').map((value) => {
    const fields = fieldsOf(value, 'devices')
    return {
      id: text(fields, 'id'),
      name: text(fields, 'name'),
      client: text(fields, 'client'),
      createdAt: text(fields, 'createdAt'),
      lastUsedAt: optionalText(fields, 'lastUsedAt'),
      expiresAt: optionalText(fields, 'expiresAt'),
      current: fields['current'] === true,
    }
  })
}

export interface ListedToken {
  readonly id: string
  readonly name: string
  readonly hint: string
  readonly clusters: readonly string[] | null
  readonly groups: readonly string[] | null
  readonly lastUsedAt: string | null
  readonly expiresAt: string
}

/** Reads `GET <issuer>/kubectl/v1/tokens`. Throws ERR_ANSWER_INVALID. */
export function parseTokens(document: unknown): ListedToken[] {
  return list(fieldsOf(document, 'document'), 'tokens').map((value) => {
    const fields = fieldsOf(value, 'tokens')
    return {
      id: text(fields, 'id'),
      name: text(fields, 'name'),
      hint: typeof fields['hint'] === 'string' ? fields['hint'] : '',
      clusters: optionalTexts(fields, 'clusters'),
      groups: optionalTexts(fields, 'groups'),
      lastUsedAt: optionalText(fields, 'lastUsedAt'),
      expiresAt: text(fields, 'expiresAt'),
    }
  })
}

export interface ListedRequest {
  readonly id: string
  readonly group: string
  readonly reason: string
  readonly state: string
  readonly decidedBy: string | null
  readonly endsAt: string | null
}

export interface RequestableGroup {
  readonly name: string
  readonly longestSeconds: number
}

/** Reads `GET <issuer>/kubectl/v1/requests`. Throws ERR_ANSWER_INVALID. */
export function parseMembershipRequests(document: unknown): {
  readonly groups: readonly RequestableGroup[]
  readonly requests: readonly ListedRequest[]
} {
  const whole = fieldsOf(document, 'document')
  return {
    groups: list(whole, 'groups').map((value) => {
      const fields = fieldsOf(value, 'groups')
      const { longestSeconds } = fields
      if (typeof longestSeconds !== 'number') {
        throw invalid('longestSeconds')
      }
      return { name: text(fields, 'name'), longestSeconds }
    }),
    requests: list(whole, 'requests').map((value) => {
      const fields = fieldsOf(value, 'requests')
      return {
        id: text(fields, 'id'),
        group: text(fields, 'group'),
        reason: text(fields, 'reason'),
        state: text(fields, 'state'),
        decidedBy: optionalText(fields, 'decidedBy'),
        endsAt: optionalText(fields, 'endsAt'),
      }
    }),
  }
}

function optionalTexts(fields: Record<string, unknown>, name: string): string[] | null {
  if (fields[name] === null) return null
  return list(fields, name).map((item) => {
    if (typeof item !== 'string') {
      throw invalid(name)
    }
    return item
  })
}
