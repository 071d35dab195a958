import { isMap, isSeq, type YAMLMap } from 'yaml'
import type { Entry } from './kubeconfigs.ts'
import { textOf } from './text.ts'

export const COMMAND = 'kubectl-lanyard'

/** The `exec` of a kubeconfig's user as it is written, whatever is wrong with it. */
export interface Stanza {
  readonly entry: Entry
  readonly map: YAMLMap
  readonly apiVersion: string | null
  readonly command: string
  readonly args: readonly string[]
  readonly interactiveMode: string | null
  /** What follows `--issuer` and `--audience`; null where they are missing. */
  readonly issuer: string | null
  readonly audience: string | null
}

/** Null where the user has no `exec`. */
export function readStanza(entry: Entry): Stanza | null {
  const map = entry.body.get('exec')
  if (!isMap(map)) return null
  const list = map.get('args')
  const args: unknown[] = isSeq(list) ? list.toJSON() : []
  const words = args.map(String)
  return {
    ...{ entry, map, args: words },
    apiVersion: textOf(map.get('apiVersion')),
    command: textOf(map.get('command')) ?? '',
    interactiveMode: textOf(map.get('interactiveMode')),
    issuer: optionOf(words, 'issuer'),
    audience: optionOf(words, 'audience'),
  }
}

function optionOf(args: readonly string[], option: string): string | null {
  const at = args.indexOf(`--${option}`)
  if (at >= 0) return args[at + 1] ?? null
  return args.find((arg) => arg.startsWith(`--${option}=`))?.slice(option.length + 3) ?? null
}

/** True for a stanza that is meant to run this plugin, however it is spelt. */
export function isOurs({ command, args, issuer, audience }: Stanza): boolean {
  const name = command.split(/[\\/]/).at(-1) ?? ''
  return (
    name.startsWith(COMMAND) || (args.includes('get-token') && issuer !== null && audience !== null)
  )
}

/** An issuer as it is kept on this device: https, without a slash at its end; null where it is no such address. */
export function canonicalIssuer(text: string): string | null {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`
  if (!URL.canParse(withScheme)) return null
  const { protocol, origin, pathname, search, hash, username } = new URL(withScheme)
  if (protocol !== 'https:' || search !== '' || hash !== '' || username !== '') return null
  return `${origin}${pathname}`.replace(/\/+$/, '')
}
