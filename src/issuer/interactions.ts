import type Koa from 'koa'
import { errors, type Provider } from 'oidc-provider'
import { acrOf } from '../access/index.ts'
import { type Audit, recordEvent } from '../audit/index.ts'
import { type ClientDefinition, type Clusters, isLoopbackRedirect } from '../clusters/index.ts'
import type { Subject } from '../directory/index.ts'
import { type Clock, LanyardError, type UserId } from '../errors/index.ts'
import { byOfRequest } from '../http/index.ts'
import type { Browser } from './browser.ts'
import type { Admissions, Decision } from './context.ts'
import { deviceNameOf, type MakeGrant } from './grants.ts'
import { isLocal } from './policy.ts'
import { countRefusedEntry } from './refused-entry.ts'
import type { RequestWrites } from './request-writes.ts'
import { type Demands, weaknessOf } from './sign-in-demand.ts'
import type { BrowserSession, Interaction, Issuer } from './types.ts'

type EngineInteraction = InstanceType<Provider['Interaction']>
type SignIn = Pick<Parameters<typeof weaknessOf>[2], 'authentication' | 'isNew'>

/** An authorization request between the engine and the pages. */
export function createInteractions(rooms: {
  engine: { provider(): Provider }
  clock: Clock
  audit: Audit
  admissions: Admissions
  browser: Browser
  writes: RequestWrites
  makeGrant: MakeGrant
  demands: Demands
  clusters: Pick<Clusters, 'target'>
  clientOf: (clientId: string) => ClientDefinition | undefined
}): Issuer['interactions'] {
  const { engine, clock, audit, admissions, demands, browser, writes } = rooms

  /** Bound to the browser by a signed cookie whose path is this interaction's (threat 1). */
  async function load(ctx: Koa.Context): Promise<EngineInteraction> {
    try {
      const found = await engine.provider().interactionDetails(ctx.req, ctx.res)
      if (ctx.path.split('/').includes(found.uid)) return found
    } catch (error) {
      if (!(error instanceof errors.OIDCProviderError)) throw error
    }
    throw expired()
  }

  async function reload(ctx: Koa.Context, { uid }: Interaction): Promise<EngineInteraction> {
    const found = await load(ctx)
    if (found.uid !== uid) throw expired()
    return found
  }

  /** Ends the request with access_denied for the client, in the words of the decision. */
  async function deny(
    ctx: Koa.Context,
    interaction: EngineInteraction,
    sentence: string,
  ): Promise<void> {
    await finish(ctx, interaction, { error: 'access_denied', error_description: sentence })
  }

  async function finish(
    ctx: Koa.Context,
    interaction: EngineInteraction,
    result: Record<string, unknown>,
  ): Promise<void> {
    interaction.result = result
    await interaction.persist()
    ctx.status = 303
    ctx.redirect(interaction.returnTo)
  }

  /** The decision about this sign-in for this request, and what it lacks for another answer. */
  async function judge(interaction: EngineInteraction, userId: UserId, signIn: SignIn) {
    const clientId = clientIdOf(interaction)
    const { authentication } = signIn
    const [demand, decision] = await Promise.all([
      demands.of(clientId, interaction.params),
      admissions.admit({ userId, clientId, device: 'new', authentication }),
    ])
    return { decision, weak: weaknessOf(decision, demand, { ...signIn, now: clock() }) }
  }

  /** @throws WeakSignIn */
  async function decide(
    ctx: Koa.Context,
    interaction: EngineInteraction,
    { userId }: Subject,
    signIn: SignIn,
  ): Promise<Decision> {
    const { decision, weak } = await judge(interaction, userId, signIn)
    if (decision.kind === 'refused') {
      await countRefusedEntry(audit, ctx.req, { ...decision, client: clientIdOf(interaction) })
    }
    if (weak !== null) throw weak
    return decision
  }

  return {
    async find(ctx) {
      const interaction = await load(ctx)
      const clientId = clientIdOf(interaction)
      const client = rooms.clientOf(clientId)
      const [target, demand, found] = await Promise.all([
        rooms.clusters.target(clientId),
        demands.of(clientId, interaction.params),
        browser.find(ctx),
      ])
      if (client === undefined || target === undefined) throw expired()
      const judged =
        found && (await judge(interaction, found.seen.userId, held(found, interaction)))
      const redirectUri = new URL(textParam(interaction, 'redirect_uri'))
      const asksConsent = interaction.prompt.name === 'consent'
      return {
        uid: interaction.uid,
        prompt: asksConsent ? 'consent' : 'login',
        target,
        clientName: client.name,
        loopback: isLoopbackRedirect(redirectUri),
        returnsTo: redirectUri.host,
        deviceName: deviceNameOf(interaction.params['device_name'], client.name),
        session: found?.seen ?? null,
        refusal: judged?.decision.kind === 'refused' ? judged.decision.sentence : null,
        demand,
        stepUp: judged?.weak?.needs ?? null,
        scopes: textParam(interaction, 'scope').split(' '),
        requestedAt: interaction.iat * 1000,
        needs: {
          signIn: !asksConsent || !judged || judged.weak !== null,
          confirm: asksConsent && isLocal(client, redirectUri.href),
          consent: asksConsent && client.kind === 'application',
        },
      }
    },

    async signedIn(ctx, asked, { subject, amr }) {
      const interaction = await reload(ctx, asked)
      const clientId = clientIdOf(interaction)
      const authentication = { at: clock(), amr, acr: acrOf(amr) }
      const decision = await decide(ctx, interaction, subject, { authentication, isNew: true })
      if (decision.kind === 'refused') return deny(ctx, interaction, decision.sentence)
      // Threat 18: the one who was here leaves for good before another comes in.
      const dropped = await browser.dropOthers(ctx, subject.userId)
      if (dropped || interaction.session?.accountId !== subject.userId) {
        interaction.session = undefined
      }
      await writes.run(async () => {
        await writes.add('success', (tx) =>
          recordEvent(tx, clock, {
            type: 'user.signed_in',
            by: byOfRequest(ctx.req, subject),
            target: { kind: 'user', id: subject.userId, name: subject.username },
            clientId,
            detail: { amr },
          }),
        )
        const login = {
          accountId: subject.userId,
          ts: authentication.at / 1000,
          amr: [...amr],
          acr: acrOf(amr),
          remember: true,
        }
        await finish(ctx, interaction, { login })
      })
    },

    async confirmed(ctx, asked, { subject }) {
      const interaction = await reload(ctx, asked)
      const found = await browser.find(ctx)
      if (interaction.prompt.name !== 'consent' || found?.seen.userId !== subject.userId) {
        throw expired()
      }
      const clientId = clientIdOf(interaction)
      const signIn = held(found, interaction)
      const decision = await decide(ctx, interaction, subject, signIn)
      if (decision.kind === 'refused') return deny(ctx, interaction, decision.sentence)
      const { userId } = subject
      const { params } = interaction
      const { authentication } = signIn
      const until = await demands.elevatedUntil({ clientId, params, userId, authentication })
      await writes.run(async () => {
        const grant = await rooms.makeGrant({
          provider: engine.provider(),
          userId,
          clientId,
          clientName: rooms.clientOf(clientId)?.name ?? clientId,
          scope: textParam(interaction, 'scope') || 'openid',
          deviceName: params['device_name'],
          authentication,
          until,
          by: byOfRequest(ctx.req, subject),
        })
        await finish(ctx, interaction, {
          ...interaction.lastSubmission,
          consent: { grantId: grant.jti },
        })
      })
    },

    async refused(ctx, interaction, sentence) {
      await deny(ctx, await reload(ctx, interaction), sentence)
    },
  }
}

/** The sign-in that is held in this browser; whoever has made it in this very interaction cannot be asked for a newer one. */
function held({ seen }: { seen: BrowserSession }, { lastSubmission }: EngineInteraction): SignIn {
  const { userId, authenticatedAt: at, amr, acr } = seen
  const isNew = lastSubmission?.login?.accountId === userId
  return { authentication: { at, amr, acr }, isNew }
}

function clientIdOf(interaction: EngineInteraction): string {
  return textParam(interaction, 'client_id')
}

function textParam({ params }: EngineInteraction, name: string): string {
  const value = params[name]
  return typeof value === 'string' ? value : ''
}

/** One sentence for a cookie that is missing, another browser, a used interaction and an old tab (threat 1). */
function expired(): LanyardError {
  return new LanyardError('ERR_INTERACTION_EXPIRED', 'this sign-in has expired or was finished', {
    hint: 'go back to the program that sent you here and sign in again',
  })
}
