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

interface Entry {
  readonly path: `/${string}`
  readonly icon: () => Html
  readonly label: string
}

const own = {
  account: { path: '/account', icon: personIcon, label: 'Account' },
  kubectl: { path: '/account/kubectl', icon: terminalIcon, label: 'Set up kubectl' },
  requests: { path: '/account/requests', icon: groupIcon, label: 'Membership for a while' },
} as const satisfies Record<string, Entry>

const directory = {
  overview: { path: '/admin', icon: homeIcon, label: 'Overview' },
  users: { path: '/admin/users', icon: personIcon, label: 'Users' },
  groups: { path: '/admin/groups', icon: groupIcon, label: 'Groups' },
  invitations: { path: '/admin/invitations', icon: mailIcon, label: 'Invitations' },
} as const satisfies Record<string, Entry>

const waysIn = {
  clusters: { path: '/admin/clusters', icon: () => clusterIcon(18), label: 'Clusters' },
  applications: {
    path: '/admin/applications',
    icon: () => applicationIcon(18),
    label: 'Applications',
  },
  machines: { path: '/admin/machines', icon: machineIcon, label: 'Machines' },
} as const satisfies Record<string, Entry>

const evidence = {
  audit: { path: '/admin/audit', icon: recordIcon, label: 'Audit log' },
  keys: { path: '/admin/keys', icon: keyIcon, label: 'Signing keys' },
  review: { path: '/admin/access-review', icon: reviewIcon, label: 'Access review' },
} as const satisfies Record<string, Entry>

type OwnPlace = keyof typeof own
export type AdminPlace = keyof typeof directory | keyof typeof waysIn | keyof typeof evidence
export type Place = OwnPlace | AdminPlace

/** The sections of the rail: an admin's pages have the admin's own, every other page has the reader's. */
export function rail(
  base: string,
  { current, admin = false }: { readonly current: Place | null; readonly admin?: boolean },
): Html {
  const section = (heading: string, entries: Readonly<Record<string, Entry>>): Html =>
    html`<div>
      <h2>${heading}</h2>
      <ul>
        ${Object.entries(entries).map(
          ([key, { path, icon, label }]) =>
            html`<li><a href="${base}${path}"${key === current ? html` aria-current="page"` : ''}>${icon()} ${label}</a></li>`,
        )}
      </ul>
    </div>`
  if (current !== null && !Object.hasOwn(own, current)) {
    return html`${section('Directory', directory)}
    ${section('Ways in', waysIn)}
    ${section('Evidence', evidence)}`
  }
  return html`${section('My account', own)}
    ${admin ? section('Admin', { overview: directory.overview }) : ''}`
}
