import type { Command } from 'commander'
import type { By } from '../errors/index.ts'
import { whenItIsInEffect } from './effect.ts'
import { leaf } from './leaf.ts'
import type { Rooms } from './rooms.ts'
import type { CommonOptions, Session } from './session.ts'
import type { ShapeName } from './shapes.ts'

/** What people enter: a cluster or an application. */
interface Entry {
  readonly name: string
  readonly everyone: boolean
  readonly groups: readonly string[]
}

interface Register<T> {
  get(name: string): Promise<T>
  allow(name: string, group: string, by: By): Promise<T>
  disallow(name: string, group: string, by: By): Promise<T>
}

/** `allow` and `disallow`, the same for both: every group is looked up before the first is changed. */
export function addAllowCommands<T extends Entry>(
  noun: Command,
  session: Session,
  kind: {
    readonly shape: ShapeName
    readonly registerOf: (rooms: Rooms) => Register<T>
    readonly shapeOf: (entry: T) => unknown
  },
): void {
  for (const [verb, summary] of [
    ['allow', 'lets groups enter'],
    ['disallow', 'lets groups enter no more'],
  ] as const) {
    leaf(noun, `${verb} <name> <group...>`, { summary, json: { shape: kind.shape } }).action(
      (name: string, groups: string[], options: CommonOptions) =>
        session.answer(options, async (rooms) => {
          const register = kind.registerOf(rooms)
          for (const group of groups) await rooms.directory.groups.get(group)
          let changed = await register.get(name)
          for (const group of groups) changed = await register[verb](name, group, rooms.by)
          return {
            json: kind.shapeOf(changed),
            text: entryOf(changed),
            notes:
              verb === 'disallow' && kind.shape === 'Cluster'
                ? await whenItIsInEffect(rooms, ({ target }) => target?.name === changed.name)
                : [],
          }
        }),
    )
  }
}

/** One sentence of who may enter. */
export function entryOf(entry: Entry): string {
  return `${whoMayEnter(entry)} may enter ${entry.name}`
}

export function whoMayEnter({ everyone, groups }: Pick<Entry, 'everyone' | 'groups'>): string {
  if (everyone) return 'everyone'
  return groups.length === 0 ? 'nobody' : groups.join(', ')
}
