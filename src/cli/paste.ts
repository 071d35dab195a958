import { posix } from 'node:path'
import type { DistributionConfig } from '../kubernetes/index.ts'

type ConfigFile = DistributionConfig['files'][number]

/** Ends what a file gets; no line of a configuration is this word alone. */
const delimiter = 'LANYARD'

/**
 * The whole of it as text for a shell: each part can be pasted as it stands on the machine that its heading names, and everything
 * else is a comment, the way back above all.
 */
export function pasteText(cluster: string, config: DistributionConfig): string {
  const { distribution, kubernetesVersion, flags, files, commands } = config
  const where =
    distribution === 'structured' || distribution === 'flags' ? '' : ` on ${distribution}`
  const steps = stepsOf(config).map(
    ({ machine, text }, index) => `# ${index + 1}. ${capital(machine)}\n${text}`,
  )
  const isEmpty = files.length === 0 && commands.length === 0
  return [
    `# ${cluster}${where}, Kubernetes ${kubernetesVersion}`,
    ...(isEmpty ? [comment(config.notes.join('\n'))] : []),
    ...steps,
    // Who starts kube-apiserver by hand is the only one who has to know them.
    ...(commands.length === 0 && flags.length > 0
      ? [`# ${steps.length + 1}. Start kube-apiserver with\n${comment(flags.join('\n'), '  ')}`]
      : []),
    ...(isEmpty ? [] : [`# ${config.restarts}`, `# Undo:\n${comment(config.undo, '  ')}`]),
  ].join('\n\n')
}

/** All that is for one machine is one step: its files, then its commands. */
function stepsOf({ files, commands }: DistributionConfig): { machine: string; text: string }[] {
  const byMachine = Map.groupBy([...files, ...commands], ({ machine }) => machine)
  return [...byMachine].map(([machine, parts]) => ({
    machine,
    text: parts.map((part) => ('run' in part ? part.run : writeText(part))).join('\n'),
  }))
}

/** Renamed into place, so that no apiserver that watches the file reads half of it. */
function writeText({ path, content, append }: ConfigFile): string {
  const word = pathWord(path)
  const sudo = path.startsWith('/') ? 'sudo ' : ''
  const here = (option: string, target: string) =>
    `${sudo}tee ${option}${target} > /dev/null <<'${delimiter}'\n${content}${content.endsWith('\n') ? '' : '\n'}${delimiter}`
  if (append === true) return here('-a ', word)
  const directory = posix.dirname(path)
  return [
    ...(directory === '.' ? [] : [`${sudo}mkdir -p ${pathWord(directory)}`]),
    here('', `${word}.new`),
    `${sudo}mv ${word}.new ${word}`,
  ].join('\n')
}

/** `~` must stay what the shell replaces. */
function pathWord(path: string): string {
  return /^(?:~\/)?[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}

function comment(text: string, indent = ''): string {
  return text
    .split('\n')
    .map((line) => `# ${indent}${line}`.trimEnd())
    .join('\n')
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}
