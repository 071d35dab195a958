import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  parseDocument,
  YAMLMap,
  YAMLSeq,
} from 'yaml'
import { LanyardError } from '../errors/index.ts'
import { styleStrings } from './yaml-text.ts'

export type Section = 'clusters' | 'contexts' | 'users'

/**
 * A kubeconfig as a document that remembers its comments and its writing.
 *
 * @throws LanyardError ERR_KUBECONFIG_INVALID where the text is none.
 */
export function readDocument(text: string): Document {
  const document: Document = parseDocument(text)
  const [fault] = document.errors
  if (fault !== undefined)
    throw invalid(`is not valid YAML: ${fault.message.split(':\n')[0] ?? ''}`)
  const { contents } = document
  if (contents === null || (isScalar(contents) && contents.value === null)) {
    document.contents = document.createNode({ apiVersion: 'v1', kind: 'Config' })
  }
  rootOf(document)
  for (const section of ['clusters', 'contexts', 'users'] as const) itemsOf(document, section)
  return document
}

export function rootOf(document: Document): YAMLMap {
  if (isMap(document.contents)) return document.contents
  throw invalid('is not a mapping')
}

export function itemsOf(document: Document, section: Section): YAMLMap[] {
  const list: unknown = rootOf(document).get(section)
  if (list === undefined || list === null) return []
  if (!isSeq(list)) throw invalid(`has no list in "${section}"`)
  return list.items.map((item) => {
    if (isMap(item)) return item
    throw invalid(`has something else than mappings in "${section}"`)
  })
}

export function findItem(document: Document, section: Section, name: string): YAMLMap | undefined {
  return itemsOf(document, section).find((item) => item.get('name') === name)
}

/** The `cluster`, `context` or `user` of the item with this name, made where there is none. */
export function bodyOf(document: Document, section: Section, name: string): YAMLMap {
  const member = section.slice(0, -1)
  const item = findItem(document, section, name) ?? addItem(document, section, name)
  const body: unknown = item.get(member)
  if (isMap(body)) return body
  const fresh = new YAMLMap(document.schema)
  item.set(member, fresh)
  return fresh
}

/** Sets what differs and leaves the rest, so that the writing of equal values stays too. */
export function setFields(document: Document, map: YAMLMap, fields: object): void {
  for (const [key, value] of Object.entries(fields)) {
    const present: unknown = map.get(key, true)
    const plain: unknown = isNode(present) ? present.toJS(document) : undefined
    if (JSON.stringify(plain) === JSON.stringify(value)) continue
    const fresh = document.createNode(value)
    styleStrings(fresh)
    if (isNode(present)) {
      fresh.comment = present.comment ?? null
      fresh.commentBefore = present.commentBefore ?? null
    }
    map.set(key, fresh)
  }
}

/** The text of a document that began as `existing`, in the same writing. */
export function writeDocument(document: Document, existing: string): string {
  if (isJson(existing)) return `${JSON.stringify(document.toJS(), null, 2)}\n`
  const text = document.toString({
    lineWidth: 0,
    indentSeq: /^(?:clusters|contexts|users):[ \t]*\r?\n +-/m.test(existing),
    flowCollectionPadding: !/[{[][^\s{}[\]]/.test(existing),
  })
  return existing.includes('\r\n') ? text.replaceAll('\n', '\r\n') : text
}

function addItem(document: Document, section: Section, name: string): YAMLMap {
  const item = new YAMLMap(document.schema)
  setFields(document, item, { name })
  const list: unknown = rootOf(document).get(section)
  if (isSeq(list)) {
    // An empty list can only be written `[]`; what joins it is written like the rest of the file.
    if (list.items.length === 0) list.flow = false
    list.add(item)
  } else {
    const fresh = new YAMLSeq(document.schema)
    fresh.add(item)
    rootOf(document).set(section, fresh)
  }
  return item
}

function isJson(text: string): boolean {
  if (!text.trimStart().startsWith('{')) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function invalid(why: string): LanyardError {
  return new LanyardError('ERR_KUBECONFIG_INVALID', `the kubeconfig ${why}`)
}
