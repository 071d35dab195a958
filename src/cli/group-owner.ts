import type { Command } from 'commander'
import { timeText } from './duration.ts'
import { leaf, noun } from './leaf.ts'
import type { CommonOptions, Session } from './session.ts'
import { membershipRequestShape } from './shapes.ts'
import { table } from './tell.ts'

/** lanyard group owner … and lanyard group request … */
export function addGroupOwnerCommands(group: Command, session: Session): void {
  const owner = noun(group, 'owner', 'who may manage the members of a group, and nothing else')
  const json = { shape: 'GroupOwners' } as const
  for (const [verb, summary, did] of [
    ['add', 'lets users manage the members of a group', 'now'],
    ['remove', 'takes that from users', 'not any more'],
  ] as const) {
    leaf(owner, `${verb} <name> <username...>`, { summary, json }).action(
      (name: string, usernames: string[], options: CommonOptions) =>
        session.answer(options, async ({ directory, by }) => {
          const { name: group } = await directory.groups.get(name)
          // All are looked up before any is changed.
          for (const username of usernames) await directory.users.get(username)
          for (const username of usernames) await directory.owners[verb](group, username, by)
          const owners = await directory.owners.list(group)
          const who = usernames.join(', ')
          return { json: { group, owners }, text: `${who} ${did} in charge of ${group}` }
        }),
    )
  }
  leaf(owner, 'list <name>', { summary: 'lists the owners of a group', json }).action(
    (name: string, options: CommonOptions) =>
      session.answer(options, async ({ directory }) => {
        const { name: group } = await directory.groups.get(name)
        const owners = await directory.owners.list(group)
        return {
          json: { group, owners },
          text: owners.join('\n'),
          notes: owners.length === 0 ? [`no owner: admins alone manage ${group}`] : [],
        }
      }),
  )

  const request = noun(group, 'request', 'who has asked to be in a group for a while')
  leaf(request, 'list', {
    summary: 'lists requests that wait for an answer; owners give it on their account page',
    json: { shape: 'MembershipRequest', list: true },
  }).action((options: CommonOptions) =>
    session.answer(options, async ({ directory }) => {
      const waiting = await directory.requests.waiting('all')
      return {
        json: waiting.map(membershipRequestShape),
        text: table(
          ['USERNAME', 'GROUP', 'FOR', 'REASON'],
          waiting.map(({ username, group: name, seconds, reason }) => [
            ...[username, name, timeText(seconds), reason],
          ]),
        ),
        notes: waiting.length === 0 ? ['nobody waits for an answer'] : [],
      }
    }),
  )
}
