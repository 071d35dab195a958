import type { Context } from 'koa'
import {
  type IssuerFields,
  issuerFormPage,
  type RuleFields,
  ruleFormPage,
} from '../../../views/index.ts'
import { LanyardError } from '../../errors/index.ts'
import type { Form } from '../../http/index.ts'
import { issuerKinds, type NewIssuer, type NewRule, type Pin } from '../../machines/index.ts'
import { goTo, show } from '../answer.ts'
import type { Web } from '../options.ts'
import { requireFresh } from '../sudo.ts'
import type { Person } from '../visitor.ts'
import { type AdminRouter, adminView } from './frame.ts'
import { type Mendable, mendable, textIn } from './mendable.ts'
import { namesIn } from './names.ts'

const LIMITS = { limitBytes: 131_072 } as const
const LIFETIMES = [60, 300, 600, 1_800, 3_600]
const USUAL_LIFETIME = '600'

/** Adding rules, and issuers for them. */
export function machineFormRoutes(web: Web, admin: AdminRouter): void {
  const { rules, issuers } = web.machines
  admin.get('/new-rule', (ctx, person) => showRule(ctx, web, person, ruleFields(new Map())))
  admin.post(
    '/machines/rules',
    async (ctx, person, form) => {
      const name = textIn(form, 'name')
      const { t } = web.languages.siteFor(ctx).words
      const sentence = t`You are about to <b>let machines in by rule <bdi>${name}</bdi></b>.`
      const act = { sentence, cancel: '/admin/new-rule' } as const
      if (!(await requireFresh(ctx, web, person, form, act))) return
      try {
        await rules.add(newRule(web, form), person.by)
      } catch (error) {
        return showRule(ctx, web, person, ruleFields(form), mendable(error))
      }
      goTo(ctx, web, '/admin/machines?done=rule-added')
    },
    LIMITS,
  )

  admin.get('/new-issuer', async (ctx, person) => {
    showIssuer(ctx, web, person, issuerFields(new Map()))
  })
  admin.post(
    '/machines/issuers',
    async (ctx, person, form) => {
      const name = textIn(form, 'name')
      const { t } = web.languages.siteFor(ctx).words
      const sentence = t`You are about to <b>trust issuer <bdi>${name}</bdi></b>.`
      const act = { sentence, cancel: '/admin/new-issuer' } as const
      if (!(await requireFresh(ctx, web, person, form, act))) return
      try {
        await issuers.add(newIssuer(form), person.by)
      } catch (error) {
        return showIssuer(ctx, web, person, issuerFields(form), mendable(error))
      }
      goTo(ctx, web, '/admin/machines?done=issuer-added')
    },
    LIMITS,
  )
}

async function showRule(
  ctx: Context,
  web: Web,
  person: Person,
  fields: RuleFields,
  fault: Mendable | null = null,
): Promise<void> {
  const issuers = (await web.machines.issuers.list()).map(({ name }) => name)
  const view = { ...adminView(ctx, web, person), fields, fault, issuers, lifetimes: LIFETIMES }
  show(ctx, ruleFormPage(web.languages.siteFor(ctx), view), { status: fault?.status ?? 200 })
}

function showIssuer(
  ctx: Context,
  web: Web,
  person: Person,
  fields: IssuerFields,
  fault: Mendable | null = null,
): void {
  const view = { ...adminView(ctx, web, person), fields, fault, kinds: issuerKinds }
  show(ctx, issuerFormPage(web.languages.siteFor(ctx), view), { status: fault?.status ?? 200 })
}

function ruleFields(form: Form): RuleFields {
  return {
    ...{ name: textIn(form, 'name'), issuer: textIn(form, 'issuer') },
    ...{ audience: textIn(form, 'audience'), other_audiences: form.has('other_audiences') },
    ...{ claims: textIn(form, 'claims'), username: form.get('username')?.trim() ?? 'machine:' },
    ...{ groups: textIn(form, 'groups'), clusters: textIn(form, 'clusters') },
    lifetime: form.get('lifetime') ?? USUAL_LIFETIME,
  }
}

function newRule({ config }: Web, form: Form): NewRule {
  const fields = ruleFields(form)
  const { name, issuer, username, audience } = fields
  return {
    ...{ name, issuer, username, otherAudiences: fields.other_audiences },
    audience: audience === '' ? config.issuer : audience,
    pins: pinsIn(fields.claims),
    groups: namesIn(fields.groups),
    clusters: namesIn(fields.clusters),
    lifetime: Number(fields.lifetime),
  }
}

/** A claim a line: `=` for exactly that, `~` for a pattern, `:=` for JSON. Throws ERR_RULE_INVALID. */
function pinsIn(text: string): Pin[] {
  return text
    .split('\n')
    .map((each) => each.trim())
    .filter((each) => each !== '')
    .map((each): Pin => {
      const [, claim = '', sign = '', value = ''] = /^(\S+?)\s*(:=|=|~)\s*(.+)$/.exec(each) ?? []
      if (sign === '=') return { kind: 'exact', claim, value }
      if (sign === '~') return { kind: 'glob', claim, value }
      const json = /^(?:true|false|-?\d{1,15})$/.test(value) ? (JSON.parse(value) as unknown) : null
      if (sign === ':=' && (typeof json === 'number' || typeof json === 'boolean')) {
        return { kind: 'exact', claim, value: json }
      }
      throw new LanyardError('ERR_RULE_INVALID', `claim "${each}" is not written as one`, {
        hint: 'write name = text, name ~ pattern with one *, or name := with a number, true or false',
      })
    })
}

function issuerFields(form: Form): IssuerFields {
  return {
    ...{ name: textIn(form, 'name'), kind: textIn(form, 'kind'), issuer: textIn(form, 'issuer') },
    ...{ jwks_uri: textIn(form, 'jwks_uri'), jwks: textIn(form, 'jwks') },
    certificate_authority: textIn(form, 'certificate_authority'),
    replay: textIn(form, 'replay'),
  }
}

function newIssuer(form: Form): NewIssuer {
  const { name, issuer, jwks, replay, ...rest } = issuerFields(form)
  const kind = issuerKinds.find((each) => each === rest.kind)
  return {
    name,
    ...(kind === undefined ? {} : { kind }),
    ...(issuer === '' ? {} : { issuer }),
    ...(rest.jwks_uri === '' ? {} : { jwksUri: rest.jwks_uri }),
    ...(jwks === '' ? {} : { jwks }),
    ...(rest.certificate_authority === ''
      ? {}
      : { certificateAuthority: rest.certificate_authority }),
    ...(replay === '' ? {} : { singleUse: replay === 'once' }),
  }
}
