import type { Command } from 'commander'
import { LanyardError } from '../errors/index.ts'
import { collect, leaf } from './leaf.ts'
import type { CommonOptions, Session } from './session.ts'
import { applicationShape } from './shapes.ts'

interface ClientCredentialsOptions extends CommonOptions {
  readonly group?: readonly string[]
  readonly off?: boolean
}

/** `lanyard application client-credentials` */
export function addClientCredentialsCommand(application: Command, session: Session): void {
  leaf(application, 'client-credentials <name>', {
    summary: 'lets an application into clusters by itself, with its secret and without a person',
    json: { shape: 'Application' },
  })
    .option('--group <name>', 'a group that the application itself is in; may be repeated', collect)
    .option('--off', 'it may not any more')
    .action((name: string, options: ClientCredentialsOptions) =>
      session.answer(options, async ({ machines, clusters, by }) => {
        const { group = [], off = false } = options
        if (off === group.length > 0) {
          throw new LanyardError('ERR_USAGE', 'say either --group, once or more often, or --off', {
            hint: 'it enters the clusters that let one of these groups in',
          })
        }
        await machines.applications.set(name, off ? null : group, by)
        return {
          json: applicationShape(await clusters.applications.get(name)),
          text: off
            ? `application ${name} may not come by itself`
            : `application ${name} comes by itself as machine:app/${name} in ${group.join(', ')}`,
        }
      }),
    )
}
