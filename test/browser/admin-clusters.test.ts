/** The admin's pages for ways in and evidence: for everybody, by keyboard, and without JavaScript. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { skipWithoutBrowser } from '../support/browser.ts'
import { signIn } from '../support/end-to-end.ts'
import { byTest } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import type { Credentials } from '../support/logins.ts'
import { assertForEverybody } from './everybody.ts'
import { openSite, type Site, tabTo, typeInto, type Visitor } from './site.ts'

const skip = await skipWithoutBrowser(
  'that the admin’s pages for clusters can be used by everybody',
)

describe('the admin’s pages for ways in and evidence', { skip }, () => {
  let site: Site
  let root: Credentials
  let visitor: Visitor
  let page: Page

  before(async () => {
    site = await openSite()
    root = await site.lanyard.addUser('root', ['lanyard-admins'])
    const { rooms } = site.lanyard.server
    await rooms.clusters.add(
      {
        ...{ name: `a-rather-long-name-${'x'.repeat(40)}`, server: 'https://10.20.0.5:6443' },
        groups: ['viewers'],
      },
      byTest,
    )
    visitor = await site.visitor()
    page = visitor.page
    await open('/admin/clusters')
    await signIn(page, root)
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
  })
  after(async () => {
    await visitor[Symbol.asyncDispose]()
    await site[Symbol.asyncDispose]()
  })

  const open = (path: string, tab = page) => tab.goto(`${site.lanyard.issuer}${path}`)

  async function shows(heading: string | RegExp, name: string): Promise<void> {
    await page.getByRole('heading', { level: 1, name: heading }).waitFor()
    await assertForEverybody(page, name)
  }

  it('clusters', async () => {
    await open('/admin/clusters')
    await shows('Clusters', 'admin-clusters')
    await open('/admin/new-cluster')
    await shows('Add cluster', 'admin-new-cluster')
    await page.getByLabel('Name', { exact: true }).fill('Not A Name')
    await page.getByLabel('API server', { exact: true }).fill('https://10.0.0.1')
    await page.getByRole('button', { name: 'Add cluster' }).click()
    await page.getByRole('alert').waitFor()
    await shows('Add cluster', 'admin-new-cluster-error')
  })

  it('a cluster', async () => {
    await open('/admin/clusters/alpha')
    await page.getByRole('button', { name: 'Run the doctor' }).click()
    await page.getByText('The doctor ran.').waitFor()
    await shows('alpha', 'admin-cluster')
    await open('/admin/clusters/alpha/edit')
    await shows('Edit alpha', 'admin-cluster-edit')
    await open('/admin/clusters/alpha')
    await page.getByRole('button', { name: /^Make one.*webhook/ }).click()
    await page.getByRole('heading', { name: 'Credential of the token webhook' }).waitFor()
    const shown = (await page.locator('figure pre').first().textContent()) ?? ''
    noteSecret(/lanyard_webhook_[\w-]+/.exec(shown)?.[0] ?? '', 'gateway credential')
    await shows('Credential of the token webhook', 'admin-cluster-credential')
  })

  it('copies what is to be pasted', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await open('/admin/clusters/alpha')
    const figure = page.locator('#config figure').first()
    await figure.getByRole('button', { name: 'Copy' }).click()
    await figure.getByText('Copied').waitFor()
    assert.equal(
      await page.evaluate('navigator.clipboard.readText()'),
      await figure.locator('pre').textContent(),
    )
  })

  it('applications', async () => {
    await open('/admin/applications')
    await shows('Applications', 'admin-applications')
    await open('/admin/applications/grafana')
    await shows('grafana', 'admin-application')
    await open('/admin/new-application')
    await shows('Add application', 'admin-new-application')
  })

  it('machines', async () => {
    await open('/admin/machines')
    await page.getByLabel('Token of the CI job or pod').fill('nonsense')
    await page.getByRole('button', { name: 'Explain' }).click()
    await page.getByText('No issuer that is trusted made this token.').waitFor()
    await shows('Machines', 'admin-machines')
    for (const [path, heading] of [
      ['/admin/new-rule', 'Add rule'],
      ['/admin/new-issuer', 'Trust an issuer'],
    ] as const) {
      await open(path)
      await shows(heading, path.slice('/admin/'.length))
    }
  })

  it('the audit log, keys and the access review', async () => {
    await open('/admin/audit')
    await page.locator('.log summary').first().click()
    await shows('Audit log', 'admin-audit')
    await page.getByRole('button', { name: /^Verify/ }).click()
    await page.getByText(/^Nothing was changed: \d+ events/).waitFor()
    await shows('Audit log', 'admin-audit-verified')
    await open('/admin/keys')
    await shows('Signing keys', 'admin-keys')
    await open('/admin/access-review')
    await shows('Access review', 'admin-access-review')
  })

  it('by keyboard alone', async () => {
    await open('/admin/new-cluster')
    await typeInto(page, 'Name', 'typed')
    await typeInto(page, 'API server', 'https://10.0.0.9:6443')
    await typeInto(page, 'Groups that may enter', 'viewers')
    await tabTo(page, page.getByRole('button', { name: 'Add cluster' }))
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'typed' }).waitFor()
    await typeInto(page, 'Let a group in', 'platform-of-nobody')
    await page.keyboard.press('Enter')
    await page.getByText('No group is named "platform-of-nobody".').waitFor()
  })

  it('without JavaScript', async () => {
    await using plain = await site.visitor({ javaScript: false })
    await open('/admin/clusters', plain.page)
    await signIn(plain.page, root)
    await open('/admin/clusters/alpha', plain.page)
    assert.equal(await plain.page.getByRole('button', { name: 'Copy' }).count(), 0)
    await plain.page.getByLabel('Two factors').check()
    await plain.page.getByRole('button', { name: 'Save policy' }).click()
    await plain.page.getByText('The sign-in policy is saved.').waitFor()
    const { policy } = await site.lanyard.server.rooms.clusters.get('alpha')
    assert.equal(policy.factors, 'two')
    await plain.page.getByRole('button', { name: 'Delete cluster' }).click()
    await plain.page.getByText('You are about to').waitFor()
    await plain.page.getByRole('button', { name: 'Confirm' }).click()
    await plain.page.getByText('The cluster is deleted.').waitFor()
    assert.deepEqual(plain.complaints, [])
  })

  it('makes no error in the console and no request to anybody else', () => {
    assert.deepEqual(visitor.complaints, [])
  })
})
