import type { YAMLMap } from 'yaml'
import { LanyardError } from '../errors/index.ts'
import { findItem, readDocument, rootOf } from './kubeconfig-document.ts'
import { quoteName } from './names.ts'

/** What a kubeconfig of a service account says: where, whom to trust, and by what. */
export interface KubeconfigToken {
  readonly server: string
  /** PEM; null where the file has none. */
  readonly certificateAuthority: string | null
  readonly token: string
}

/** What runs a program, reads a file or needs more than a header: nothing of it is kept by a server. */
const OTHER_WAYS = [
  'exec',
  'auth-provider',
  'tokenFile',
  'client-certificate',
  'client-certificate-data',
  'username',
  'as',
]

/**
 * The context in use of a kubeconfig whose user proves itself by a token.
 *
 * @throws LanyardError ERR_KUBECONFIG_INVALID
 */
export function readKubeconfigToken(text: string): KubeconfigToken {
  const document = readDocument(text)
  const current: unknown = rootOf(document).get('current-context')
  if (typeof current !== 'string' || current === '') throw invalid('has no current-context')
  const context = findItem(document, 'contexts', current)
  const cluster = bodyOf(
    findItem(document, 'clusters', String(context?.getIn(['context', 'cluster']))),
  )
  const user = bodyOf(findItem(document, 'users', String(context?.getIn(['context', 'user']))))
  const [server, data, token] = [
    cluster('server'),
    cluster('certificate-authority-data'),
    user('token'),
  ]
  if (typeof server !== 'string' || !URL.canParse(server) || !server.startsWith('https://')) {
    throw invalid(`names no https server in its context ${quoteName(current)}`)
  }
  // It is kept, shown and recorded: nothing secret may stand in it.
  const { username, password, search, hash } = new URL(server)
  if (`${username}${password}${search}${hash}` !== '') {
    throw invalid('names a server with more than a host, a port and a path')
  }
  if (cluster('insecure-skip-tls-verify') === true) {
    throw invalid('says insecure-skip-tls-verify: whom it reaches is then anybody’s guess')
  }
  const other = OTHER_WAYS.find((name) => user(name) !== undefined)
  if (other !== undefined) throw invalid(`proves its user by ${other}: only a token is taken`)
  if (typeof token !== 'string' || !/^[\w.~+/=-]{16,8192}$/.test(token)) {
    throw invalid('has no bearer token in its user')
  }
  return {
    ...{ server: server.replace(/\/+$/, ''), token },
    certificateAuthority:
      typeof data === 'string' && data !== '' ? Buffer.from(data, 'base64').toString('utf8') : null,
  }
}

function bodyOf(item: YAMLMap | undefined): (name: string) => unknown {
  return (name) => {
    const section = item?.has('cluster') === true ? 'cluster' : 'user'
    return item?.getIn([section, name])
  }
}

function invalid(why: string): LanyardError {
  return new LanyardError('ERR_KUBECONFIG_INVALID', `the kubeconfig ${why}`, {
    hint: 'give the kubeconfig of a service account, with its token and its CA in it',
  })
}
