import { note } from '../form.ts'
import { html, type Part } from '../html.ts'
import { frame, type Site } from '../layout.ts'
import type { AdminPlace } from '../rail.ts'

/** What every admin page is given beside its own facts. */
export interface AdminView {
  readonly now: number
  /** Of the person who is signed in. */
  readonly username: string
  readonly csrf: string
  /** What the last act did. */
  readonly done: Part | null
}

/** An admin page: the admin's rail, a note of what was just done, and panels. */
export function adminFrame(
  site: Site,
  view: AdminView,
  options: {
    readonly title: Part
    /** True where a form comes back with its mistake. */
    readonly failed?: boolean
    readonly heading: Part
    readonly lead: Part
    /** Null where the reader is no admin, and the rail their own. */
    readonly current: AdminPlace | null
    readonly crumb?: Part
    readonly aside?: Part
    readonly copies?: boolean
  },
  body: Part,
): string {
  return frame(
    site,
    { ...options, username: view.username, admin: options.current !== null },
    html`${view.done === null ? '' : note('info', view.done)}
    ${body}`,
  )
}
