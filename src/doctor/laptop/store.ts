import { advice, shellWord } from '../checks.ts'
import type { Finding, Fix } from '../finding.ts'
import { finding } from './checks.ts'
import { here } from './edits.ts'
import type { FileFacts, LaptopFacts, LaptopPorts } from './facts.ts'

/** Home, and the two directories that the plugin writes to. */
export async function checkHome(facts: LaptopFacts, ports: LaptopPorts): Promise<Finding> {
  const { home, stateRoot, cacheRoot } = facts
  if ((await ports.stat(home)) === null) {
    return finding('home.directory', 'failed', `the home directory "${home}" does not exist`, {
      why: 'kubectl and the plugin keep what they know below it',
      fixes: [
        advice(
          'set HOME to a directory of yours; in a container, mount one that can be written to',
        ),
      ],
    })
  }
  for (const root of [stateRoot, cacheRoot]) {
    const at = await nearest(root, ports)
    if (await ports.may(at, 'write')) continue
    const isRoot = at === root
    return finding(
      'home.directory',
      'failed',
      `"${at}" cannot be written to${isRoot ? '' : `, so that there is no "${root}"`}`,
      {
        why: 'a login or a token cannot be kept: every command would need a new one, and fails',
        fixes: [
          here(`chmod u+w ${shellWord(at)}`),
          advice('on a read-only file system: set XDG_STATE_HOME and XDG_CACHE_HOME'),
        ],
      },
    )
  }
  return finding('home.directory', 'ok', `"${home}" is there and can be written to`)
}

async function nearest(path: string, ports: LaptopPorts): Promise<string> {
  for (let at = path; ; at = at.slice(0, at.lastIndexOf('/'))) {
    if (at === '') return '/'
    if ((await ports.stat(at)) !== null) return at
  }
}

/** Whether the plugin would use its own files: it refuses those that are not this user's alone. */
export async function checkStore(
  issuer: string,
  facts: LaptopFacts,
  ports: LaptopPorts,
): Promise<Finding[]> {
  const { directory, cacheDirectory, fault } = ports.known(issuer)
  const found: Finding[] = []
  for (const [root, below] of [
    [facts.stateRoot, directory],
    [facts.cacheRoot, cacheDirectory],
  ] as const) {
    found.push(...(await checkPath(root, 'directory', facts, ports)))
    found.push(...(await checkPath(below, 'directory', facts, ports)))
    for (const name of await ports.list(below)) {
      if (name.endsWith('.json')) {
        found.push(...(await checkPath(`${below}/${name}`, 'file', facts, ports)))
      }
    }
  }
  found.push(...(await checkLock(`${directory}/lock`, ports)))
  if (found.length > 0) return found
  if (fault !== null) return [damaged(issuer, fault.message, directory)]
  return [finding('store.permissions', 'ok', "the plugin's files are this user's alone")]
}

async function checkPath(
  path: string,
  expected: 'file' | 'directory',
  { uid }: LaptopFacts,
  ports: LaptopPorts,
): Promise<Finding[]> {
  const stat = await ports.stat(path)
  if (stat === null) return []
  const what = wrongWith(stat, expected, uid, path)
  if (what === null) return []
  return [
    finding('store.permissions', 'failed', `"${path}" ${what.summary}`, {
      why: 'the plugin refuses what others could read or put there, and kubectl stops',
      fixes: [what.fix],
    }),
  ]
}

function wrongWith(
  { kind, mode, owner }: FileFacts,
  expected: 'file' | 'directory',
  uid: number | null,
  path: string,
): { readonly summary: string; readonly fix: Fix } | null {
  const word = shellWord(path)
  if (kind === 'link') return { summary: 'is a symbolic link', fix: here(`rm ${word}`) }
  if (kind !== expected) return { summary: `is no ${expected}`, fix: here(`rm -r ${word}`) }
  if (uid === null) return null
  if (owner !== uid) {
    return {
      summary: `belongs to user ${owner} and not to user ${uid}`,
      fix: here(`sudo chown -R ${uid} ${word}`),
    }
  }
  if ((mode & 0o077) === 0) return null
  const shown = mode.toString(8).padStart(3, '0')
  return {
    summary: `can be used by others (mode ${shown})`,
    fix: here(`chmod ${expected === 'file' ? '600' : '700'} ${word}`),
  }
}

const STALE_MS = 5_000

/** A lock is a directory that its holder touches every few seconds; one that is not touched is taken over. */
async function checkLock(path: string, ports: LaptopPorts): Promise<Finding[]> {
  const stat = await ports.stat(path)
  if (stat === null) return []
  const age = ports.now - stat.changedAt
  if (stat.kind === 'directory' && age > STALE_MS) return []
  const fix = here(`rm -r ${shellWord(path)}`)
  const why = 'every command waits for it for 30 seconds, and then fails'
  if (stat.kind !== 'directory') {
    return [
      finding('store.lock', 'failed', `the lock "${path}" is no directory`, { why, fixes: [fix] }),
    ]
  }
  if (age < -STALE_MS) {
    return [
      finding(
        'store.lock',
        'failed',
        `the lock "${path}" is from the future: the clock was set back`,
        {
          ...{ why, fixes: [fix] },
        },
      ),
    ]
  }
  return [
    finding('store.lock', 'warning', 'another kubectl-lanyard works at this moment', {
      why: 'it may wait for a login; commands wait for it',
      fixes: [advice('finish that login, or end that command')],
    }),
  ]
}

function damaged(issuer: string, message: string, directory: string): Finding {
  const file = /"([^"]*)"/.exec(message)?.[1] ?? `${directory}/login.json`
  const isTrust = file.endsWith('/trust.json')
  return finding('store.readable', 'failed', message, {
    why: isTrust ? 'it holds the CA of the issuer' : 'it holds the login',
    fixes: [
      here(`rm ${shellWord(file)}`),
      isTrust
        ? advice(`run: kubectl lanyard login --issuer ${issuer} --certificate-authority FILE`)
        : here(`kubectl lanyard login --issuer ${shellWord(issuer)}`),
    ],
  })
}
