import type { RunningServer } from './server.ts'

/**
 * What a person who started the server reads: where it is, what to trust, and how to become its first admin. It goes to
 * stdout and never to the log, because the set-up code is a secret for half an hour.
 */
export async function announce(
  { config, rooms, tls, formerIssuer }: RunningServer,
  write: (text: string) => void,
): Promise<void> {
  const lines = [`Lanyard is ready.`, `  issuer   ${config.issuer}`, `  data     ${config.data}`]
  if (tls !== null && tls.caSha256 !== null) {
    lines.push(`  CA       ${tls.caPath}`, `           SHA-256 ${tls.caSha256}`)
  }
  if (formerIssuer !== null && (await rooms.clusters.list()).length > 0) {
    lines.push(
      '',
      `The issuer was ${formerIssuer} before. Everybody must log in again, and no cluster`,
      'accepts their new tokens until it gets its settings anew: npx lanyard cluster config NAME',
    )
  }
  if (await rooms.directory.setupLink.isOpen()) {
    const { code } = await rooms.directory.setupLink.issue({
      actor: { kind: 'system' },
      address: null,
      requestId: null,
    })
    lines.push(
      '',
      'There is no admin yet. Open this link within 30 minutes; it works once:',
      `  ${config.issuer}/setup`,
      `  set-up code  ${code}`,
      'For a new code: npx lanyard setup-link',
    )
  }
  write(`${lines.join('\n')}\n`)
}
