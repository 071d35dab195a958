import { form } from '../form.ts'
import { type Html, html, type Part } from '../html.ts'
import type { Site } from '../layout.ts'
import { table } from '../table.ts'
import { stamp } from '../time.ts'
import type { Words } from '../words/words.ts'
import { type TickState, tick, tickBox } from './controls.ts'
import { type AdminView, adminFrame } from './frame.ts'
import { adminPath, select } from './parts.ts'

export interface KeyRow {
  readonly kid: string
  readonly alg: string
  readonly state: 'next' | 'active' | 'retired' | 'removed'
  readonly publishedAt: number
  readonly signsFrom: number
  readonly signsUntil: number | null
  readonly removedAt: number | null
}

/** Whether a key signs now, will, did or is gone. */
export function keyState({ t }: Words, state: KeyRow['state']): Html {
  return { next: t`next`, active: t`active`, retired: t`retired`, removed: t`removed` }[state]
}

export interface KeysView extends AdminView {
  readonly keys: readonly KeyRow[]
  readonly jwksPath: string
  /** How long before its time a key is published, in words. */
  readonly publishAhead: string
  readonly clusters: readonly {
    readonly name: string
    readonly state: TickState
    readonly said: Part
  }[]
  readonly hasMore: boolean
}

const algs = ({ t }: Words) => [
  { value: '', label: t`RS256 and ES256` },
  { value: 'RS256', label: 'RS256' },
  { value: 'ES256', label: 'ES256' },
]

/** The keys that sign, when they begin and end, and who knows them. */
export function keysPage(site: Site, view: KeysView): string {
  const { t } = site.words
  return adminFrame(
    site,
    view,
    {
      title: t`Signing keys`,
      heading: t`Signing keys`,
      lead: t`Each is published ${view.publishAhead} before it signs, and stays published until its last token has ended.`,
      current: 'keys',
    },
    html`${keysPanel(site, view)}
    <div class="cols">
      ${clustersPanel(site, view)}
      ${rotatePanel(site, view)}
    </div>`,
  )
}

function keysPanel(site: Site, view: KeysView): Html {
  const { t } = site.words
  return html`<section class="panel" id="keys">
      <header><h2>${t`All keys`}</h2><a class="end small" href="${view.jwksPath}">${t`JWKS as published`}</a></header>
      ${table(
        t`All keys`,
        html`<th scope="col">${t`Key`}</th><th scope="col">${t`State`}</th><th scope="col" class="lo">${t`Alg`}</th><th scope="col" class="mid">${t`Published`}</th><th scope="col">${t`Signs from`}</th><th scope="col" class="lo">${t`Signs until`}</th><th scope="col" class="mid">${t`Removed`}</th>`,
        view.keys.map((key) => keyRow(site, key)),
      )}
    </section>`
}

function keyRow(site: Site, key: KeyRow): Html {
  const { t } = site.words
  const later = html`<span class="muted">${t`later`}</span>`
  const state = { next: '', active: ' ok', retired: '', removed: '' }[key.state]
  return html`<tr>
            <th scope="row"><span class="mono">${key.kid}</span></th>
            <td><span class="state${state}">${keyState(site.words, key.state)}</span></td>
            <td class="lo">${key.alg}</td>
            <td class="mid">${stamp(site.words, key.publishedAt)}</td>
            <td data-l="${t`Signs from`}">${stamp(site.words, key.signsFrom)}</td>
            <td class="lo">${key.signsUntil === null ? later : stamp(site.words, key.signsUntil)}</td>
            <td class="mid">${key.removedAt === null ? later : stamp(site.words, key.removedAt)}</td>
          </tr>`
}

function clustersPanel(site: Site, view: KeysView): Html {
  const { t } = site.words
  return html`<section class="panel" id="known">
      <header><h2>${t`Who knows the active keys`}</h2>${view.hasMore ? html`<p>${t`The first 1,000 clusters by name.`}</p>` : ''}</header>
      ${
        view.clusters.length === 0
          ? html`<p class="pad muted">${t`There is no cluster.`}</p>`
          : html`<ul class="ticks pad">${view.clusters.map(({ name, state, said }) =>
              tick(
                site.words,
                state,
                html`<a href="${site.base}${adminPath.cluster(name)}"><bdi>${name}</bdi></a>`,
                [said],
              ),
            )}</ul>`
      }
    </section>`
}

function rotatePanel(site: Site, view: KeysView): Html {
  const { t } = site.words
  return html`<section class="panel" id="rotate">
      <header><h2>${t`Rotate`}</h2><p>${t`Publishes new keys. They sign by themselves after ${view.publishAhead}, once every verifier has had time to see them.`}</p></header>
      <div class="pad">${form(
        { action: `${site.base}/admin/keys/rotate`, csrf: view.csrf },
        html`<div class="stack">
          ${select('alg', t`Which`, algs(site.words), '')}
          ${tickBox('now', t`Sign with the new key at once`, false, t`Where a key may be known to others. What caches the old set refuses new tokens until it asks again; kube-apiserver asks at once.`)}
          <button class="btn">${t`Rotate`}</button>
        </div>`,
      )}</div>
    </section>`
}
