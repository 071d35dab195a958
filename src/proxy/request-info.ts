/** What a request is about, as kube-apiserver's RequestInfo has it: for the record and the metrics, never for a decision. */
export interface RequestInfo {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  /** Of requests that are about no resource; without the query. */
  readonly path: string
}

const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
  GET: 'get',
  HEAD: 'get',
}
/** Of a namespace itself, not things inside one (k8s.io/apiserver, pkg/endpoints/request). */
const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize'])

/** Reads method and target; what stands for a name in the path is decoded. */
export function requestInfoOf(method: string, target: string): RequestInfo {
  const [path = '', query = ''] = target.split('?', 2)
  const parts = path.split('/').filter((part) => part !== '')
  const isCore = parts[0] === 'api'
  const isGrouped = parts[0] === 'apis'
  const rest = parts.slice(isCore ? 2 : 3).map(decode)
  if (!(isCore || isGrouped) || rest.length === 0) return nonResource(method, path)
  const isOldWatch = rest[0] === 'watch'
  if (isOldWatch) rest.shift()
  const inside =
    rest[0] === 'namespaces' && rest.length > 2 && !NAMESPACE_SUBRESOURCES.has(rest[2] ?? '')
  const [resource = '', name = '', subresource = ''] = inside ? rest.slice(2) : rest
  const namespace = inside || resource === 'namespaces' ? (rest[1] ?? '') : ''
  return {
    verb: isOldWatch ? 'watch' : verbOf(method, name, query),
    ...{ group: isGrouped ? decode(parts[1] ?? '') : '', resource, subresource, namespace, name },
    path: '',
  }
}

function nonResource(method: string, path: string): RequestInfo {
  return {
    ...{ verb: method.toLowerCase(), group: '', resource: '', subresource: '' },
    ...{ namespace: '', name: '', path: path.slice(0, 200) },
  }
}

function verbOf(method: string, name: string, query: string): string {
  if (method === 'GET' && /(?:^|&)watch=(?:1|t|true)(?:&|$)/i.test(query)) return 'watch'
  const verb = VERBS[method] ?? method.toLowerCase()
  if (name !== '') return verb
  if (verb === 'get') return 'list'
  return verb === 'delete' ? 'deletecollection' : verb
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
