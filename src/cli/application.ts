import { type Command, Option } from 'commander'
import { ANY_SIGN_IN } from '../access/index.ts'
import {
  type Application,
  type PresetName,
  type PresetSetting,
  presetNames,
  presetRegistration,
  presetSettings,
  type SigningAlg,
} from '../clusters/index.ts'
import { LanyardError } from '../errors/index.ts'
import { addClientCredentialsCommand } from './client-credentials.ts'
import { addAllowCommands, whoMayEnter } from './entry.ts'
import { collect, leaf, nothingToSet, noun } from './leaf.ts'
import { confirmOrThrow } from './passwords.ts'
import type { Rooms } from './rooms.ts'
import type { CommonOptions, Session } from './session.ts'
import { applicationShape, rfc3339 } from './shapes.ts'
import { type PolicyOptions, policyChange, policyText, withPolicy } from './sign-in-policy.ts'
import { type Answer, facts, table } from './tell.ts'

interface ValueOptions extends CommonOptions, PolicyOptions {
  readonly name?: string
  readonly redirectUri?: readonly string[]
  /** False with `--no-post-logout-redirect-uri`. */
  readonly postLogoutRedirectUri?: readonly string[] | false
  /** False with `--no-backchannel-logout-uri`. */
  readonly backchannelLogoutUri?: string | false
  readonly signingAlg?: SigningAlg
  readonly everyone?: boolean
}
interface AddOptions extends ValueOptions {
  readonly clientId?: string
  readonly public?: boolean
  readonly group?: readonly string[]
  readonly preset?: PresetName
  readonly url?: string
}

/** lanyard application … */
export function addApplicationCommands(program: Command, session: Session): void {
  const application = noun(
    program,
    'application',
    'other OpenID Connect clients, such as a dashboard',
  )

  withValues(
    leaf(application, 'add <name>', {
      summary: 'adds an application and shows its secret, this once',
      json: { shape: 'ApplicationWithSecret' },
    }),
  )
    .addOption(
      new Option('--preset <name>', 'an application that is known; needs --url').choices(
        presetNames,
      ),
    )
    .option('--url <url>', 'where people open the application, for --preset')
    .option('--client-id <id>', 'for ever; the name unless given')
    .option('--public', 'a client that can keep no secret')
    .option('--group <name>', 'a group that may enter; may be repeated', collect)
    .action((name: string, options: AddOptions) =>
      session.answer(options, (rooms) => addApplication(rooms, name, options)),
    )

  leaf(application, 'list', {
    summary: 'lists applications by name',
    json: { shape: 'Application', list: true },
  }).action((options: CommonOptions) => session.answer(options, listApplications))

  leaf(application, 'show <name>', {
    summary: 'shows an application',
    json: { shape: 'Application' },
  }).action((name: string, options: CommonOptions) =>
    session.answer(options, async ({ clusters, config }) => {
      const found = await clusters.applications.get(name)
      return { json: applicationShape(found), text: textOf(found, config.issuer) }
    }),
  )

  withValues(
    leaf(application, 'set <name>', {
      summary: 'changes an application; a list of URIs is replaced as a whole',
      json: { shape: 'Application' },
    }),
  )
    .option('--name <name>', 'a new name; the client id stays')
    .option('--no-post-logout-redirect-uri', 'removes them all')
    .option('--no-backchannel-logout-uri', 'it hears of no logout any more')
    .option('--no-everyone', 'only the groups named for it may enter')
    .action((name: string, options: ValueOptions) =>
      session.answer(options, (rooms) => setApplication(rooms, name, options)),
    )

  leaf(application, 'rotate-secret <name>', {
    summary: 'makes a new secret and shows it, this once; the old one is dead at once',
    json: { shape: 'ApplicationWithSecret' },
  }).action((name: string, options: CommonOptions) =>
    session.answer(options, async ({ clusters, by }) => {
      const { application: found, secret } = await clusters.applications.rotateSecret(name, by)
      return withSecret(`application ${found.name} has a new secret`, found, secret)
    }),
  )

  addAllowCommands(application, session, {
    shape: 'Application',
    registerOf: ({ clusters }) => clusters.applications,
    shapeOf: applicationShape,
  })
  addClientCredentialsCommand(application, session)
  addDeleteCommand(application, session)
}

function addDeleteCommand(application: Command, session: Session): void {
  leaf(application, 'delete <name>', {
    summary: 'deletes an application; nobody can have its client id again',
    json: { shape: 'Deleted' },
  })
    .option('-y, --yes', 'do not ask')
    .action((name: string, options: CommonOptions & { yes?: boolean }) =>
      session.answer(options, async ({ clusters: { applications }, by }) => {
        const { clientId } = await applications.get(name)
        const question = `Delete application ${name}? Nobody can have its client id ${clientId} again.`
        await confirmOrThrow(session.terminal, question, options)
        await applications.delete(name, by)
        return { json: { deleted: name }, text: `application ${name} deleted` }
      }),
    )
}

function withValues(command: Command): Command {
  return withPolicy(command)
    .option('--redirect-uri <uri>', 'where people are sent back, exactly; may be repeated', collect)
    .option(
      '--post-logout-redirect-uri <uri>',
      'where people may be sent after signing out; may be repeated',
      collect,
    )
    .option('--backchannel-logout-uri <uri>', 'where it hears that a login ended')
    .addOption(new Option('--signing-alg <alg>', 'of its ID tokens').choices(['RS256', 'ES256']))
    .option('--everyone', 'every active user may enter')
}

async function addApplication(rooms: Rooms, name: string, options: AddOptions): Promise<Answer> {
  const { clientId, group, signingAlg, everyone, backchannelLogoutUri } = options
  const uris = options.postLogoutRedirectUri
  const known = knownApplication(options)
  const preset = known === null ? undefined : presetRegistration(known.preset, known.url)
  const { application, secret } = await rooms.clusters.applications.add(
    {
      ...preset,
      name,
      redirectUris: [...(preset?.redirectUris ?? []), ...(options.redirectUri ?? [])],
      ...(Array.isArray(uris) ? { postLogoutRedirectUris: uris } : {}),
      ...(typeof backchannelLogoutUri === 'string' ? { backchannelLogoutUri } : {}),
      ...(clientId === undefined ? {} : { clientId }),
      ...(options.public === undefined ? {} : { public: options.public }),
      ...(group === undefined ? {} : { groups: group }),
      ...(signingAlg === undefined ? {} : { signingAlg }),
      ...(everyone === undefined ? {} : { everyone }),
      ...policyChange(options, ANY_SIGN_IN),
    },
    rooms.by,
  )
  const settings =
    known === null
      ? []
      : presetSettings(known.preset, {
          ...{
            url: known.url,
            issuer: rooms.config.issuer,
            clientId: application.clientId,
            secret,
          },
          certificateAuthority: await rooms.certificateAuthority(),
        })
  const answer = withSecret(`application ${application.name} added`, application, secret, settings)
  if (application.everyone || application.groups.length > 0) return answer
  const hint = `hint: let a group in with: lanyard application allow ${application.name} GROUP`
  return { ...answer, notes: [...(answer.notes ?? []), hint] }
}

function knownApplication({ preset, url }: AddOptions): { preset: PresetName; url: string } | null {
  if (preset !== undefined && url !== undefined) return { preset, url }
  if (preset === undefined && url === undefined) return null
  throw new LanyardError('ERR_USAGE', '--preset and --url need each other', {
    hint: 'lanyard application add grafana --preset grafana --url https://grafana.example.com',
  })
}

async function listApplications({ clusters }: Rooms): Promise<Answer> {
  const list = await clusters.applications.list()
  return {
    json: list.map(applicationShape),
    text: table(
      ['NAME', 'CLIENT ID', 'REDIRECT URIS', 'MAY ENTER'],
      list.map((found) => [found.name, found.clientId, found.redirectUris, whoMayEnter(found)]),
    ),
    notes: list.length === 0 ? ['no applications'] : [],
  }
}

async function setApplication(rooms: Rooms, name: string, options: ValueOptions): Promise<Answer> {
  const { redirectUri, signingAlg, everyone, backchannelLogoutUri: logoutUri } = options
  const uris = options.postLogoutRedirectUri
  const change = {
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(redirectUri === undefined ? {} : { redirectUris: redirectUri }),
    ...(uris === undefined ? {} : { postLogoutRedirectUris: uris === false ? [] : uris }),
    ...(logoutUri === undefined
      ? {}
      : { backchannelLogoutUri: logoutUri === false ? null : logoutUri }),
    ...(signingAlg === undefined ? {} : { signingAlg }),
    ...(everyone === undefined ? {} : { everyone }),
    ...policyChange(options, (await rooms.clusters.applications.get(name)).policy),
  }
  if (Object.keys(change).length === 0) throw nothingToSet()
  const changed = await rooms.clusters.applications.change(name, change, rooms.by)
  return { json: applicationShape(changed), text: `application ${changed.name} changed` }
}

function withSecret(
  what: string,
  application: Application,
  secret: string | null,
  settings: readonly PresetSetting[] = [],
): Answer {
  const own = facts([
    ['client id', application.clientId],
    ['client secret', secret ?? 'none: it is public'],
  ])
  return {
    json: { ...applicationShape(application), secret, settings },
    text: [own, ...settings.map(({ where, text }) => `# ${where}\n${text}`)].join('\n\n'),
    notes: [
      what,
      ...(secret === null
        ? []
        : ['hint: keep the secret now; it is stored as a hash and never shown again']),
    ],
  }
}

function textOf(application: Application, issuer: string): string {
  return facts([
    ['name', application.name],
    ['client id', application.clientId],
    ['client secret', application.public ? 'none: it is public' : 'set'],
    ['issuer', issuer],
    ['redirect URIs', application.redirectUris],
    ['after sign-out', application.postLogoutRedirectUris],
    ['hears of logouts at', application.backchannelLogoutUri],
    ['may enter', whoMayEnter(application)],
    ['sign-in', policyText(application)],
    ['groups that ask for more', application.stepUp],
    ['signing', application.signingAlg],
    ['created', rfc3339(application.createdAt)],
  ])
}
