import type { ActWords } from './admin/sudo.ts'
import { html } from './html.ts'
import { card, type Site } from './layout.ts'
import { type PasskeyForm, passkeyForm, passkeyRefused, passkeysNeedScript } from './passkey.ts'

export interface PasskeyProofView extends PasskeyForm {
  readonly act: ActWords
  /** The fields of the form that waits. */
  readonly fields: ReadonlyMap<string, string>
  readonly cancelPath: string
  /** Where a first passkey is made, for whoever has none; null where they have one. */
  readonly enrolPath: string | null
  readonly failed: boolean
}

/** Asks for a passkey, and nothing less, before something that one person does to the rights of another. */
export function passkeyProofPage(site: Site, view: PasskeyProofView): string {
  const { t } = site.words
  const heading = t`Confirm with your passkey`
  const fields = [...view.fields].map(
    ([key, value]) => html`<input type="hidden" name="${key}" value="${value}">`,
  )
  return card(
    site,
    {
      title: heading,
      failed: view.failed,
      heading,
      lead: [view.act.sentence],
      script: view.enrolPath === null,
    },
    html`${view.failed ? passkeyRefused(site.words, 'nothing') : ''}
    ${
      view.enrolPath === null
        ? html`${passkeyForm(site.words, view, { act: 'get', label: t`Continue with passkey`, primary: true, fields })}
    ${passkeysNeedScript(site, 'nothing')}`
        : html`<p>${t`You have no passkey yet, and this is not done without one.`}</p>
    <a class="btn primary" href="${view.enrolPath}">${t`Add a passkey`}</a>`
    }
    <p><a class="btn" href="${view.cancelPath}">${t`Cancel`}</a></p>`,
  )
}
