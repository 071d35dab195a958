import type { Command } from 'commander'
import { LanyardError } from '../errors/index.ts'
import { leaf, noun } from './leaf.ts'
import type { CommonOptions, Session } from './session.ts'
import { rfc3339 } from './shapes.ts'
import { table } from './tell.ts'
import { accessTokenShape } from './token-shapes.ts'

/** lanyard token … */
export function addTokenCommands(program: Command, session: Session): void {
  const token = noun(program, 'token', "people's access tokens for the token webhook")

  leaf(token, 'list', {
    summary: 'lists living access tokens, the newest first',
    json: { shape: 'AccessToken', list: true },
  })
    .option('--user <username>', 'those of this user alone')
    .action((options: CommonOptions & { user?: string }) =>
      session.answer(options, async ({ directory, accessTokens }) => {
        const { user } = options
        const filter = user === undefined ? {} : { userId: (await directory.users.get(user)).id }
        const tokens = await accessTokens.list(filter)
        return {
          json: tokens.map(accessTokenShape),
          text: table(
            ['TOKEN', 'USER', 'NAME', 'ENDS IN', 'CLUSTERS', 'GROUPS', 'LAST USED', 'EXPIRES'],
            tokens.map((each) => [
              ...[each.id, each.username, each.name, each.hint],
              ...[each.clusters?.join(',') ?? 'all', each.groups?.join(',') ?? 'all'],
              each.lastUsedAt === null ? 'never' : rfc3339(each.lastUsedAt),
              rfc3339(each.expiresAt),
            ]),
          ),
          notes: tokens.length === 0 ? ['no access tokens'] : [],
        }
      }),
    )

  leaf(token, 'revoke <id>', {
    summary: 'ends an access token',
    json: { shape: 'Revoked' },
  }).action((id: string, options: CommonOptions) =>
    session.answer(options, async ({ accessTokens, by }) => {
      if (!(await accessTokens.revoke(id, by))) {
        throw new LanyardError('ERR_TOKEN_UNKNOWN', `there is no living access token ${id}`, {
          hint: 'lanyard token list shows them all',
        })
      }
      return {
        json: { revoked: [id] },
        notes: [
          `access token ${id} revoked`,
          "an apiserver that has just accepted it does so for its webhook's cache time and 10 seconds more",
        ],
      }
    }),
  )
}
