/**
 * Threat 20 at the admin's pages: what people, programs, guessers and a hostile cluster call things is text there, in every language, and
 * so is whatever an address or a form brings back.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import {
  type BindingServer,
  readerKubeconfig,
  startBindingServer,
} from '../access-review/fixture.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import type { Credentials } from '../support/logins.ts'
import { type Page, Person } from '../support/person.ts'
import { addApplication, signIn } from './support/adversary.ts'

const MARK = 'xss7'
const SCRIPT = `"'><img src=x onerror=${MARK}><script>${MARK}()</script>\${${MARK}}`
const OURS = /^<script type="module" src="\/assets\/[a-z]+\.[\w-]{16}\.js">$/

const folder = new URL('../../src/web/admin/', import.meta.url)
const routes = readdirSync(folder).flatMap((name) => {
  const source = readFileSync(new URL(name, folder), 'utf8')
  const found = source.matchAll(/\b(?:admin|own)\.get\(\s*'([^']*)'/g)
  return [...found].map(([, route = '']) => route).filter((route) => !/\.\w+$|config$/.test(route))
})
const values: Readonly<Record<string, string>> = {
  ...{ user: 'ada', group: 'devs', cluster: 'prod', application: 'wiki' },
}
const pathOf = (route: string) =>
  `admin${route.replaceAll(/:(\w+)/g, (_, key: string) => values[key] ?? 'x')}`

let lanyard: Lanyard
let api: BindingServer
let root: Credentials
let person: Person
before(async () => {
  lanyard = await startLanyard()
  api = await startBindingServer()
  const { directory, accessReviews } = lanyard.server.rooms
  root = await lanyard.addUser('root', ['lanyard-admins'])
  await lanyard.addUser('ada', ['devs', 'lanyard-admins'])
  const email = `"><script>${MARK}</script>@example.com`
  await directory.users.change('ada', { displayName: SCRIPT, email }, byTest)
  await directory.groups.change('devs', { description: SCRIPT, longestMembership: 3_600 }, byTest)
  const { id: userId } = await directory.users.get('root')
  const asked = { userId, group: 'devs', seconds: 60, reason: SCRIPT }
  await directory.requests.ask(asked, byTest)
  const invited = { email, displayName: SCRIPT, groups: ['devs'], lifetimeSeconds: 3_600 }
  await directory.invitations.create(invited, byTest)
  await lanyard.addCluster('prod', { groups: ['devs'] })
  await addApplication(lanyard)
  const subjects = [SCRIPT, 'devz'].map((name) => ({ kind: 'Group', name }))
  api.bindings = [
    { name: SCRIPT, role: SCRIPT, subjects },
    { name: SCRIPT, namespace: SCRIPT, role: SCRIPT, subjects: [{ kind: 'Group', name: 'devs' }] },
  ]
  await accessReviews.readers.set('prod', readerKubeconfig(api), byTest)
  person = new Person({ issuer: lanyard.issuer, ca: lanyard.ca, headers: { 'user-agent': SCRIPT } })
  await signIn(person, { username: SCRIPT, password: SCRIPT })
  await signIn(person, root)
})
after(async () => {
  await person.close()
  await api[Symbol.asyncDispose]()
  await lanyard[Symbol.asyncDispose]()
})

function assertInert({ html, headers }: Page, about: string): void {
  assert.match(String(headers['content-security-policy']), /^default-src 'none'; /, about)
  for (const tag of html.match(/<[a-z!/][^>]*>/gi) ?? []) {
    if (OURS.test(tag)) continue
    assert.doesNotMatch(tag, /^<(?:script|iframe|object|embed|base)/i, about)
    const outside = tag.replaceAll(/"[^"]*"/g, '""')
    assert.doesNotMatch(outside, /\bon[a-z]+\s*=|xss7/i, `${about}: ${tag}`)
    assert.doesNotMatch(tag, /(?:href|src|action)="(?:javascript|data|vbscript):/i, about)
  }
}

describe('script in what an admin looks at', () => {
  it('is text on every page, whoever chose it and whatever the address says', async () => {
    assert.ok(routes.length >= 20, `only ${routes.length} pages are known`)
    const query = new URLSearchParams({
      ...{
        q: SCRIPT,
        after: SCRIPT,
        done: SCRIPT,
        group: 'lanyard-admins',
        show: 'all',
        days: '1',
      },
      ...{ credential: '', user: '', type: '', address: SCRIPT, since: SCRIPT },
    })
    let marked = 0
    for (const language of ['en', 'de']) {
      for (const route of routes) {
        const headers = { 'accept-language': language }
        for (const end of ['', `?${query.toString()}`]) {
          const page = await person.open(`${pathOf(route)}${end}`, headers)
          assert.ok(page.status < 500, `${route}${end}: ${page.status}`)
          assertInert(page, `${language} ${route}${end}`)
          if (page.html.includes(MARK)) marked += 1
        }
      }
    }
    assert.ok(marked >= 20, `only ${marked} pages show what was chosen`)
  })

  it('is text where a cluster says what it binds', async () => {
    const page = await person.open('admin/access-review')
    assert.ok(page.html.includes(`&lt;script&gt;${MARK}`), 'the names are shown')
    assertInert(page, 'review')
  })

  it('is text in every form that comes back, and where an act is confirmed', async () => {
    const { csrf = '' } =
      (await person.open('admin/csv')).forms.find(({ fields }) => fields['csrf'])?.fields ?? {}
    assert.notEqual(csrf, '')
    const cells = `username,display_name,groups\n${SCRIPT},x,\nkim,"${SCRIPT.replaceAll('"', '""')}",devs\n`
    const forms: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      'admin/csv': { kind: 'users', text: cells },
      'admin/users': { username: SCRIPT, display_name: SCRIPT, email: SCRIPT, groups: SCRIPT },
      'admin/groups': { name: SCRIPT, description: SCRIPT },
      'admin/invitations': { username: SCRIPT, email: SCRIPT, groups: SCRIPT },
      'admin/users/ada/edit': { display_name: '', email: SCRIPT },
      'admin/groups/devs/delete': { [SCRIPT]: SCRIPT },
      'admin/users/groups': { 'user.ada': 'yes', group: 'lanyard-admins', [SCRIPT]: SCRIPT },
      'admin/applications': { name: SCRIPT, redirect_uris: SCRIPT },
      'admin/clusters': { name: SCRIPT, server: SCRIPT },
    }
    for (const [path, fields] of Object.entries(forms)) {
      const page = await person.post(`${lanyard.issuer}/${path}`, { csrf, ...fields })
      assert.ok(page.status < 500, `${path}: ${page.status}`)
      assert.ok(page.html.includes(MARK), `${path} shows it`)
      assertInert(page, path)
    }
  })
})
