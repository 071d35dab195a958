import { type Command, Option } from 'commander'
import type { Key, SigningAlg } from '../issuer/index.ts'
import { leaf, noun } from './leaf.ts'
import type { Rooms } from './rooms.ts'
import type { CommonOptions, Session } from './session.ts'
import { keyShape, rfc3339 } from './shapes.ts'
import { type Answer, table } from './tell.ts'

interface RotateOptions extends CommonOptions {
  readonly alg?: SigningAlg
  readonly now?: boolean
}

/** lanyard key … */
export function addKeyCommands(program: Command, session: Session): void {
  const key = noun(program, 'key', 'the keys that sign tokens')

  leaf(key, 'list', {
    summary: 'lists signing keys with their states',
    json: { shape: 'Key', list: true },
  }).action((options: CommonOptions) =>
    session.answer(options, async (rooms) => {
      const { keys } = await rooms.issuer()
      return listOf(await keys.list())
    }),
  )

  leaf(key, 'rotate', {
    summary:
      'publishes new keys; they sign by themselves once every verifier has had time to see them',
    json: { shape: 'Key', list: true },
  })
    .addOption(new Option('--alg <alg>', 'only of this algorithm').choices(['RS256', 'ES256']))
    .option(
      '--now',
      'sign with the new key at once: what caches the old set refuses its tokens for a while',
    )
    .action((options: RotateOptions) =>
      session.answer(options, (rooms) => rotateKeys(rooms, options)),
    )
}

async function rotateKeys(rooms: Rooms, { alg, now = false }: RotateOptions): Promise<Answer> {
  const { keys } = await rooms.issuer()
  const algs: readonly SigningAlg[] = alg === undefined ? ['RS256', 'ES256'] : [alg]
  const rotated: Key[] = []
  for (const each of algs) rotated.push(await keys.rotate(each, { now }, rooms.by))
  const warning =
    'warning: whatever caches the key set refuses the new tokens until it asks again; kube-apiserver asks at once'
  return { ...listOf(rotated), notes: now ? [warning] : [] }
}

function listOf(keys: readonly Key[]): Answer {
  return {
    json: keys.map(keyShape),
    text: table(
      ['KEY', 'ALG', 'STATE', 'SINCE', 'NEXT'],
      keys.map((key) => [key.kid, key.alg, key.state, ...sinceAndNext(key)]),
    ),
  }
}

function sinceAndNext(key: Key): [string, string | null] {
  switch (key.state) {
    case 'next':
      return [rfc3339(key.publishedAt), `signs from ${rfc3339(key.activatesAt)}`]
    case 'active':
      return [rfc3339(key.activatesAt), null]
    case 'retired':
    case 'removed':
      return [
        rfc3339(key.retiredAt ?? key.activatesAt),
        key.state === 'removed' || key.removesAt === null
          ? null
          : `published until ${rfc3339(key.removesAt)}`,
      ]
  }
}
