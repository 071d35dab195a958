import { type Html, html } from './html.ts'
import {
  applicationIcon,
  clusterIcon,
  groupIcon,
  homeIcon,
  keyIcon,
  machineIcon,
  mailIcon,
  personIcon,
  recordIcon,
  reviewIcon,
  terminalIcon,
} from './icons.ts'
import type { Words } from './words/words.ts'

interface Entry {
  readonly path: `/${string}`
  readonly icon: () => Html
  readonly label: (words: Words) => Html
}

const own = {
  account: { path: '/account', icon: personIcon, label: ({ t }) => t`Account` },
  kubectl: { path: '/account/kubectl', icon: terminalIcon, label: ({ t }) => t`Set up kubectl` },
  requests: {
    path: '/account/requests',
    icon: groupIcon,
    label: ({ t }) => t`Membership for a while`,
  },
} as const satisfies Record<string, Entry>

const directory = {
  overview: { path: '/admin', icon: homeIcon, label: ({ t }) => t`Overview` },
  users: { path: '/admin/users', icon: personIcon, label: ({ t }) => t`Users` },
  groups: { path: '/admin/groups', icon: groupIcon, label: ({ t }) => t`Groups` },
  invitations: { path: '/admin/invitations', icon: mailIcon, label: ({ t }) => t`Invitations` },
} as const satisfies Record<string, Entry>

const waysIn = {
  clusters: { path: '/admin/clusters', icon: () => clusterIcon(18), label: ({ t }) => t`Clusters` },
  applications: {
    path: '/admin/applications',
    icon: () => applicationIcon(18),
    label: ({ t }) => t`Applications`,
  },
  machines: { path: '/admin/machines', icon: machineIcon, label: ({ t }) => t`Machines` },
} as const satisfies Record<string, Entry>

const evidence = {
  audit: { path: '/admin/audit', icon: recordIcon, label: ({ t }) => t`Audit log` },
  keys: { path: '/admin/keys', icon: keyIcon, label: ({ t }) => t`Signing keys` },
  review: { path: '/admin/access-review', icon: reviewIcon, label: ({ t }) => t`Access review` },
} as const satisfies Record<string, Entry>

type OwnPlace = keyof typeof own
export type AdminPlace = keyof typeof directory | keyof typeof waysIn | keyof typeof evidence
export type Place = OwnPlace | AdminPlace

/** The sections of the rail: an admin's pages have the admin's own, every other page has the reader's. */
export function rail(
  { base, words }: { readonly base: string; readonly words: Words },
  { current, admin = false }: { readonly current: Place | null; readonly admin?: boolean },
): Html {
  const { t } = words
  const section = (heading: Html, entries: Readonly<Record<string, Entry>>): Html =>
    html`<div>
      <h2>${heading}</h2>
      <ul>
        ${Object.entries(entries).map(
          ([key, { path, icon, label }]) =>
            html`<li><a href="${base}${path}"${key === current ? html` aria-current="page"` : ''}>${icon()} ${label(words)}</a></li>`,
        )}
      </ul>
    </div>`
  if (current !== null && !Object.hasOwn(own, current)) {
    return html`${section(t`Directory`, directory)}
    ${section(t`Ways in`, waysIn)}
    ${section(t`Evidence`, evidence)}`
  }
  return html`${section(t`My account`, own)}
    ${admin ? section(t`Admin`, { overview: directory.overview }) : ''}`
}
