import { posix } from 'node:path'
import { type Command, Option } from 'commander'
import { LanyardError } from '../errors/index.ts'
import {
  type Distribution,
  type DistributionConfig,
  distributions,
  quoteName,
} from '../kubernetes/index.ts'
import { readIssuerCa } from './files.ts'
import { leaf } from './leaf.ts'
import { pasteText } from './paste.ts'
import type { Rooms } from './rooms.ts'
import type { CommonOptions, Session } from './session.ts'
import { configShape } from './shapes.ts'
import type { Answer } from './tell.ts'

interface ConfigOptions extends CommonOptions {
  readonly for: Distribution
  readonly kubernetesVersion?: string
  readonly only?: string
  readonly issuerCa?: string
  readonly issuerCaPath?: string
}

/** lanyard cluster config */
export function addConfigCommand(cluster: Command, session: Session): void {
  leaf(cluster, 'config <name>', {
    summary: 'prints what makes its kube-apiserver accept people, to be pasted',
    json: { shape: 'ClusterConfig' },
  })
    .addOption(
      new Option('--for <distribution>', 'who runs kube-apiserver; `structured` and `flags`: you')
        .choices(distributions)
        .makeOptionMandatory(),
    )
    .option(
      '--kubernetes-version <version>',
      "such as 1.33; the cluster's own, or the newest that is known, unless given",
    )
    .option('--only <part>', 'print one file as it stands, or `flags`')
    .option('--issuer-ca <file>', "PEM of the issuer's CA; Lanyard's own unless given")
    .option(
      '--issuer-ca-path <path>',
      "where that CA lies on the apiserver's machine, with --for flags",
    )
    .action((name: string, options: ConfigOptions) =>
      session.answer(options, (rooms) => showConfig(rooms, name, options)),
    )
}

async function showConfig(rooms: Rooms, name: string, options: ConfigOptions): Promise<Answer> {
  const { clusters, config } = rooms
  const { issuerCaPath, kubernetesVersion, only } = options
  if (issuerCaPath !== undefined && options.for !== 'flags') {
    throw new LanyardError(
      'ERR_USAGE',
      `--issuer-ca-path goes with --for flags: with ${options.for} the CA has its place already`,
    )
  }
  const cluster = await clusters.get(name)
  const answer = await clusters.config(name, {
    distribution: options.for,
    issuer: config.issuer,
    certificateAuthority:
      options.issuerCa === undefined
        ? await rooms.certificateAuthority()
        : await readIssuerCa(options.issuerCa),
    maxTokenLifetimeSeconds: Math.max(3600, config.lifetimes.idToken),
    ...(kubernetesVersion === undefined ? {} : { kubernetesVersion }),
    ...(issuerCaPath === undefined ? {} : { certificateAuthorityFile: issuerCaPath }),
  })
  const isGuessed =
    kubernetesVersion === undefined && cluster.kubernetesVersion === null && !isEmpty(answer)
  return {
    json: configShape(answer),
    text: only === undefined ? pasteText(cluster.name, answer) : partOf(answer, only),
    notes: [
      ...issuerNotes(rooms),
      ...(isEmpty(answer) ? [] : answer.notes).filter(isFor(only)),
      ...(isGuessed
        ? [
            `hint: this is for Kubernetes ${answer.kubernetesVersion}; if ${cluster.name} is another: lanyard cluster set ${cluster.name} --kubernetes-version 1.33`,
          ].filter(isFor(only))
        : []),
    ],
  }
}

/** Then the notes are the whole answer, and stand in it. */
function isEmpty({ files, commands }: DistributionConfig): boolean {
  return files.length === 0 && commands.length === 0
}

/** Whoever takes one part for a file has seen the hints with the whole. */
function isFor(only: string | undefined): (note: string) => boolean {
  return (note) => only === undefined || note.startsWith('warning: ')
}

function partOf({ flags, files, distribution }: DistributionConfig, only: string): string {
  if (only === 'flags' && flags.length > 0) return flags.join('\n')
  const named = files.find(({ path }) => posix.basename(path) === only)
  if (named !== undefined) return named.content
  const parts = [
    ...(flags.length > 0 ? ['flags'] : []),
    ...files.map(({ path }) => posix.basename(path)),
  ]
  throw new LanyardError('ERR_USAGE', `there is no part ${quoteName(only)} for ${distribution}`, {
    hint:
      parts.length === 0 ? 'leave --only away: there is no file' : `there is ${parts.join(', ')}`,
  })
}

/** What makes every setting useless, whatever the distribution. */
export function issuerNotes({ config, otherIssuer }: Rooms): string[] {
  return [
    ...(otherIssuer === null
      ? []
      : [
          `warning: the server calls itself ${otherIssuer}, and these settings ${config.issuer}: a cluster needs the server's`,
        ]),
    ...(config.issuerIsDefault
      ? [
          `warning: only this machine can reach ${config.issuer}; set issuer and listen before others log in`,
        ]
      : []),
  ]
}
