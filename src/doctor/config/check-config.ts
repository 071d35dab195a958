import { basename } from 'node:path/posix'
import { readOidcFlags } from '../apiserver/flags.ts'
import type { AuthenticatorSettings } from '../apiserver/types.ts'
import { describeCertificate, readCertificates } from '../certificates.ts'
import { advice, failed, ok, skipped } from '../checks.ts'
import type { Finding, Fix } from '../finding.ts'
import type { FileOutcome, Ports } from '../ports.ts'
import {
  type ArgumentList,
  addArguments,
  findArguments,
  flagsOf,
  readArguments,
  removeArgument,
  replaceArguments,
  setArgument,
} from './arguments.ts'
import {
  type AuthenticationChecked,
  checkAuthentication,
  isAuthentication,
} from './authentication.ts'
import { holdsAuthority } from './entry.ts'
import { checkFlagWriting } from './flag-writing.ts'
import { checkFlags } from './flags.ts'
import { checkMounts, directoryFor, hostPathOf } from './mounts.ts'
import { checkYaml } from './repair.ts'
import { checkReplay } from './replay.ts'
import { openSource, readSource, replaceFile, type Source } from './source.ts'
import type { Trust } from './trust.ts'

export interface ConfigChecked {
  readonly findings: readonly Finding[]
  /** What kube-apiserver would go by; null where that cannot be told. */
  readonly settings: AuthenticatorSettings | null
  /** The AuthenticationConfiguration that was given. */
  readonly file: { readonly path: string; readonly text: string } | null
}

type Checked = Omit<ConfigChecked, 'file'>

/** The files that configure kube-apiserver, each by itself and together. */
export async function checkConfig(
  paths: readonly string[],
  trust: Trust,
  ports: Ports,
): Promise<ConfigChecked> {
  const findings: Finding[] = []
  const sources: Source[] = []
  for (const path of paths) {
    const outcome = await openSource(path, ports)
    if (outcome.kind === 'source') sources.push(outcome.source)
    else findings.push(unreadable(path, outcome))
  }
  const authentications = sources.filter(isAuthentication)
  const lists = sources
    .filter((source) => !isAuthentication(source))
    .flatMap((source) => {
      const list = readArguments(source)
      if (list === null) findings.push(...notUnderstood(source, trust))
      return list ?? []
    })
  let settings: AuthenticatorSettings | null = null
  for (const list of lists) {
    const checked = await checkList(list, authentications, trust, ports)
    findings.push(...checked.findings)
    settings ??= checked.settings
  }
  for (const source of authentications) {
    const checked: AuthenticationChecked = checkAuthentication(source, trust, {
      file: source.file,
      serviceAccountIssuers: lists.flatMap((list) =>
        findArguments(list, 'service-account-issuer').flatMap(({ value }) => value ?? []),
      ),
    })
    findings.push(...checked.findings)
    settings = checked.settings
  }
  const isSound = !findings.some(({ status }) => status === 'failed')
  if (isSound && settings !== null) {
    findings.push(...(await checkReplay(settings, trust, authentications, ports)))
  }
  const [file] = authentications
  return {
    ...{ findings, settings },
    file: file === undefined ? null : { path: file.file, text: file.text },
  }
}

function unreadable(path: string, { code, reason }: Extract<FileOutcome, { kind: 'unreadable' }>) {
  const say =
    code === 'EACCES'
      ? 'this user may not read it'
      : code === 'ENOENT'
        ? 'there is no such file'
        : reason
  return failed('config.readable', `${path} cannot be read: ${say}`, {
    why: code === 'EFBIG' ? 'what is longer is not parsed' : 'it was named by --config',
    fixes: [
      advice(
        code === 'EFBIG'
          ? 'no file that configures kube-apiserver is so long: name the right one'
          : code === 'EACCES'
            ? `run this as root, or: sudo cat ${path} > a file of your own, and name that`
            : 'name the file where it is; files of a control plane can be copied here',
      ),
    ],
  })
}

function notUnderstood(source: Source, trust: Trust): readonly Finding[] {
  if (source.document.errors.length > 0)
    return checkYaml(source, trust, () => false).map(withoutFix)
  return [
    failed('config.readable', `${source.file} is nothing that kube-apiserver is configured with`, {
      why: 'a static pod of kube-apiserver, an AuthenticationConfiguration, a config.yaml of k3s or RKE2, a ClusterConfiguration of kubeadm, or a file of flags is',
      fixes: [
        advice('on a control plane of kubeadm: /etc/kubernetes/manifests/kube-apiserver.yaml'),
      ],
    }),
  ]
}

/** A manifest is more than Lanyard could write anew. */
function withoutFix(finding: Finding): Finding {
  return { ...finding, fixes: [advice('mend the line, and look again')] }
}

async function checkList(
  list: ArgumentList,
  authentications: readonly Source[],
  trust: Trust,
  ports: Ports,
): Promise<Checked> {
  const writing = checkFlagWriting(list)
  const isBroken = writing.some(({ status }) => status === 'failed')
  const config = findArguments(list, 'authentication-config').at(-1)
  if (isBroken) return { findings: writing, settings: null }
  const together = [...writing, ...checkMounts(list), ...checkAnonymous(list, authentications)]
  if (config !== undefined) {
    const named = await checkNamedFile(list, config.value ?? '', authentications, trust, ports)
    return { findings: [...together, ...named.findings], settings: named.settings }
  }
  if (authentications.length > 0) {
    return { findings: [...together, unused(list, authentications)], settings: null }
  }
  const authority = await checkAuthorityFile(list, trust, ports)
  const flags = checkFlags(list, trust)
  const settings = readOidcFlags(flagsOf(list), { certificateAuthority: authority.pem })
  const found = [...together, ...flags, ...authority.findings]
  const isTold = found.some(({ status }) => status === 'failed')
  if (settings.refusal === null || isTold) {
    return { findings: found, settings: settings.refusal === null ? settings : null }
  }
  const refused = failed('config.accepted', settings.refusal, {
    seen: [list.source.file],
    why: 'kube-apiserver does not start',
    fixes: [advice(`compare with: lanyard cluster config ${trust.cluster.name} --for flags`)],
  })
  return { findings: [...found, refused], settings: null }
}

/** The file was written, and kube-apiserver is not told of it. */
function unused(list: ArgumentList, [first]: readonly Source[]): Finding {
  const path = first?.file ?? ''
  const flag = `--authentication-config=${path}`
  if (list.list.some(({ name }) => name.startsWith('oidc-'))) {
    const fix = replaceArguments(list, 'oidc-', flag)
    return failed(
      'config.flags',
      `${list.source.file} has --oidc flags, and does not name ${path}`,
      {
        why: 'kube-apiserver goes by the flags and never reads the file; with both it does not start',
        fixes: [fix ?? advice(`put ${flag} in the place of all --oidc flags`)],
      },
    )
  }
  const fix = addArguments(list, [flag])
  return failed('config.flags', `${list.source.file} does not name ${path}`, {
    why: 'without --authentication-config kube-apiserver never reads it',
    fixes: fix === null ? [advice(`add ${flag}`)] : [fix],
  })
}

/** The file that the flag names, against the one that was given; read from this machine where none was. */
async function checkNamedFile(
  list: ArgumentList,
  path: string,
  authentications: readonly Source[],
  trust: Trust,
  ports: Ports,
): Promise<Checked> {
  const host = hostPathOf(list, path)
  const nothing = { findings: [], settings: null }
  if (host === undefined) return nothing
  const outcome = await openSource(host, ports)
  const isThere = outcome.kind === 'source' || outcome.code === 'EFBIG'
  const [given] = authentications
  if (given !== undefined) {
    if (given.file === host || isThere) return nothing
    return { findings: [otherPath(list, host, given)], settings: null }
  }
  if (outcome.kind === 'source') {
    return checkAuthentication(outcome.source, trust, { file: path })
  }
  if (isThere) return { findings: [unreadable(host, outcome)], settings: null }
  const summary = `${host} cannot be read here`
  const why = 'where it is another machine’s file, give it with --config too'
  return { findings: [skipped('config.readable', summary, why)], settings: null }
}

function otherPath(list: ArgumentList, host: string, given: Source): Finding {
  const argument = findArguments(list, 'authentication-config').at(-1)
  const fix = argument === undefined ? null : setArgument(list, argument, given.file)
  return failed(
    'config.flags',
    `--authentication-config names ${host}, which is not there, and the file is ${given.file}`,
    {
      seen: [`${list.source.file}:${argument?.line ?? 1}`],
      why:
        basename(host) === basename(given.file)
          ? 'the directory differs'
          : 'kube-apiserver does not start: no such file',
      fixes: fix === null ? [] : [fix],
    },
  )
}

function checkAnonymous(list: ArgumentList, authentications: readonly Source[]): Finding[] {
  const flag = findArguments(list, 'anonymous-auth').at(-1)
  const file = authentications.find(({ document }) => document.has('anonymous'))
  if (flag === undefined || file === undefined) return []
  const fix = removeArgument(list, flag)
  return [
    failed('config.anonymous', `--anonymous-auth is given, and ${file.file} has anonymous too`, {
      seen: [`${list.source.file}:${flag.line}`],
      why: 'kube-apiserver does not start: --anonymous-auth flag cannot be set when anonymous field is configured',
      fixes: fix === null ? [advice('take the flag away')] : [fix],
    }),
  ]
}

interface AuthorityChecked {
  readonly findings: readonly Finding[]
  readonly pem: string | null
}

/** `--oidc-ca-file`, where the file can be read from here. */
async function checkAuthorityFile(
  list: ArgumentList,
  { issuer }: Trust,
  ports: Ports,
): Promise<AuthorityChecked> {
  const right = issuer.certificateAuthority
  const argument = findArguments(list, 'oidc-ca-file').at(-1)
  const path = argument?.value ?? undefined
  if (right === null || findArguments(list, 'oidc-issuer-url').length === 0) {
    return { findings: [], pem: null }
  }
  if (path === undefined)
    return { findings: [await missingAuthority(list, right, ports)], pem: null }
  const host = hostPathOf(list, path)
  const outcome = host === undefined ? undefined : await ports.readFile(host)
  if (host === undefined || outcome === undefined) return { findings: [], pem: null }
  if (outcome.kind !== 'file') {
    const why = `make sure that it holds ${describeCertificate(right)}`
    const summary = `${host} cannot be read here`
    return { findings: [skipped('config.certificate-authority', summary, why)], pem: right }
  }
  if (holdsAuthority(outcome.text, right)) {
    return { findings: [ok('config.certificate-authority', `${host} holds the CA`)], pem: right }
  }
  const isText = readCertificates(outcome.text) !== undefined
  const fixes: readonly Fix[] = [replaceFile(readSource(host, outcome.text), right)]
  const finding = failed(
    'config.certificate-authority',
    isText ? `${host} holds another CA than the issuer's` : `${host} holds no certificate in PEM`,
    {
      seen: [
        `in the file: ${describeCertificate(outcome.text)}`,
        `the issuer's: ${describeCertificate(right)}`,
      ],
      why: 'kube-apiserver cannot read the keys, and refuses every token. It reads the file when it starts alone: restart it',
      fixes,
    },
  )
  return { findings: [finding], pem: isText ? outcome.text : null }
}

async function missingAuthority(list: ArgumentList, right: string, ports: Ports): Promise<Finding> {
  const path = `${directoryFor(list)}/lanyard-ca.crt`
  const outcome = await ports.readFile(path)
  const isThere = outcome.kind === 'file' && holdsAuthority(outcome.text, right)
  const write: readonly Fix[] = isThere
    ? []
    : outcome.kind === 'file'
      ? [replaceFile(readSource(path, outcome.text), right)]
      : [
          {
            ...{ kind: 'edit', place: 'apiserver', file: path, line: null, remove: null },
            insert: right.trimEnd(),
          },
        ]
  const flag = addArguments(list, [`--oidc-ca-file=${path}`])
  return failed(
    'config.certificate-authority',
    "--oidc-ca-file is missing, and the issuer's CA is a private one",
    {
      seen: [`the CA is ${describeCertificate(right)}`],
      why: 'kube-apiserver trusts what its system trusts alone: oidc: authenticator not initialized',
      fixes: [...write, flag ?? advice(`add --oidc-ca-file=${path}`)],
    },
  )
}
