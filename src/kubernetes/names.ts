/** A name that Lanyard gives to Kubernetes: a username or a group. */
export type NameKind = 'user' | 'group'

export interface NameFault {
  readonly code: 'ERR_NAME_INVALID' | 'ERR_NAME_RESERVED'
  /** One sentence that names the value. */
  readonly message: string
}

/** `system:` is Kubernetes' own; the others are kept for Lanyard's machines and for Lanyard itself. */
const reservedPrefixes = ['system:', 'machine:', 'lanyard:'] as const
const owners = {
  'system:': 'Kubernetes',
  'machine:': 'Lanyard',
  'lanyard:': 'Lanyard',
} as const

const maxCodePoints = 128
// Fillers such as U+1160 are letters to Unicode and nothing to the eye: Default_Ignorable is refused on its own.
const ignorable = /\p{Default_Ignorable_Code_Point}/u
const allowed = /^[\p{Ll}\p{Lo}\p{Nd}][\p{Ll}\p{Lo}\p{Nd}\p{Mn}\p{Mc}._\-@+/:]*$/u
/** What most names look like, and what needs no further look. */
const plain = /^[a-z0-9][a-z0-9._\-@+/]{0,127}$/
const beforeColon = /^[a-z0-9._:-]*$/
const invisible = /[\p{C}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}]/gu

/**
 * The one spelling under which a name is stored, compared and sent: NFKC and lower case. RBAC compares bytes, so two spellings
 * of one name would be two subjects. It refuses nothing: see nameFault.
 */
export function canonicaliseName(input: string): string {
  // Lower case can decompose what NFKC had composed (U+0130), hence twice.
  return input.normalize('NFKC').toLowerCase().normalize('NFKC')
}

/** True where a name, however disguised by case, width, spaces or invisible characters, begins with a reserved prefix. */
export function isReservedName(name: string): boolean {
  return reservedPrefixOf(name) !== undefined
}

/**
 * The same of a name as a cluster sees it, with that cluster's prefix: `lanyard:` is one that an admin may choose, and no name that
 * Lanyard puts behind it begins so.
 */
export function isReservedAtCluster(name: string): boolean {
  return isReservedName(name) && !name.startsWith('lanyard:')
}

/**
 * Why a name in canonical form can be no username or group, or null. Kubernetes itself accepts an empty username from a claim
 * and `system:masters` from a groups claim: nobody else stands guard.
 */
export function nameFault(kind: NameKind, name: string): NameFault | null {
  const noun = kind === 'user' ? 'username' : 'group name'
  const invalid = (why: string): NameFault => ({
    code: 'ERR_NAME_INVALID',
    message: `${noun} ${quoteName(name)} ${why}`,
  })
  if (typeof name !== 'string') throw new TypeError('a name is a string')
  if (plain.test(name)) return null
  if (name === '') return { code: 'ERR_NAME_INVALID', message: `${noun} is empty` }
  const reserved = reservedPrefixOf(name)
  if (reserved !== undefined) {
    return {
      code: 'ERR_NAME_RESERVED',
      message: `${noun} ${quoteName(name)} is reserved by ${owners[reserved]}`,
    }
  }
  if ([...name].length > maxCodePoints) return invalid(`is longer than ${maxCodePoints} characters`)
  if (name !== canonicaliseName(name)) return invalid('is not in lower case and normal form')
  if (ignorable.test(name) || !allowed.test(name)) {
    return invalid(
      'must begin with a letter or digit and hold only letters, digits and . _ - @ + / :',
    )
  }
  // Look-alikes of a reserved prefix in another script die here.
  if (!beforeColon.test(name.slice(0, name.lastIndexOf(':') + 1))) {
    return invalid('may hold only a-z, 0-9, . _ and - before a colon')
  }
  return null
}

/**
 * Why a cluster's username or groups prefix cannot be used, or null. The apiserver puts it before every name, so that a prefix
 * `sys` would turn a user `tem:admin` into `system:admin`; a lone `-` means "no prefix" to its flags.
 */
export function prefixFault(prefix: string): NameFault | null {
  if (prefix === '') return null
  if (!/^[A-Za-z0-9][A-Za-z0-9._:/#@+-]{0,63}$/.test(prefix)) {
    return {
      code: 'ERR_NAME_INVALID',
      message: `prefix ${quoteName(prefix)} must begin with a letter or digit and hold only A-Z, a-z, 0-9 and . _ : / # @ + - (64 at most)`,
    }
  }
  const folded = prefix.toLowerCase()
  for (const reserved of ['system:', 'machine:'] as const) {
    if (folded.startsWith(reserved) || reserved.startsWith(folded)) {
      return {
        code: 'ERR_NAME_RESERVED',
        message: `prefix ${quoteName(prefix)} could make names that are reserved by ${owners[reserved]}`,
      }
    }
  }
  return null
}

/** A value between quotes, short, with nothing in it that a terminal would obey or a reader could not see. */
export function quoteName(value: string): string {
  const points = [...value]
  const short = points.length > 80 ? `${points.slice(0, 80).join('')}…` : value
  const visible = short.replace(
    /["\\]|(?! )[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/gu,
    (found) =>
      found === '"' || found === '\\'
        ? `\\${found}`
        : `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`,
  )
  return `"${visible}"`
}

function reservedPrefixOf(name: string): (typeof reservedPrefixes)[number] | undefined {
  const bare = canonicaliseName(name).normalize('NFKD').replace(invisible, '')
  return reservedPrefixes.find((prefix) => bare.startsWith(prefix))
}
