/** The pages of the manual, in the order in which somebody comes to them. */
import type { Lanyard } from '../support/lanyard.ts'
import { postForm } from '../support/logins.ts'
import { type Camera, placeInOffice } from './camera.ts'
import type { Company } from './company.ts'
import type { Traveller } from './journey.ts'

interface Stage {
  readonly camera: Camera
  readonly lanyard: Lanyard
  readonly company: Company
  newTraveller(): Promise<Traveller>
}

const NEW_PASSWORD = 'violet teapot orbits seven'

export async function pictureSetup({
  camera,
  visitor,
}: {
  readonly camera: Camera
  readonly visitor: Traveller
}): Promise<void> {
  await visitor.open('/setup')
  await camera.take(visitor.page, 'setup', { host: 'localhost:8443' })
}

/** Cards that anybody may see. */
export async function pictureSignIn({ camera, company, newTraveller }: Stage): Promise<void> {
  const visitor = await newTraveller()
  const { page, open } = visitor
  await placeInOffice(page)
  await open('/sign-in')
  await camera.take(page, 'sign-in', { phone: true })
  await visitor.signIn('hedy', 'something else')
  await camera.take(page, 'sign-in-error')
  await open('/forgotten')
  await camera.take(page, 'forgotten')
  await open('/language')
  await camera.take(page, 'language')
  const { directory } = company.lanyard.server.rooms
  const { link } = await directory.invitations.create(
    {
      ...{ username: 'rosalind', displayName: 'Rosalind Franklin', groups: ['platform'] },
      ...{ lifetimeSeconds: 3 * 86_400, byMail: false },
    },
    { actor: { kind: 'command', name: 'ada' }, address: null, requestId: null },
  )
  await open(link)
  await camera.take(page, 'invitation', { phone: true })
  await visitor.enter({
    'Choose a password': NEW_PASSWORD,
    'Choose a password again': NEW_PASSWORD,
  })
  await visitor.press('Set password')
  await camera.take(page, 'passkey-new')
  await visitor.enter({ Name: 'laptop fingerprint' })
  await visitor.touch('Make the passkey')
  await camera.take(page, 'recovery-codes')
  await open('/account/one-time-codes')
  await camera.take(page, 'passkey')
  await visitor.touch('Continue with passkey')
  await visitor.press('Set up one-time codes')
  await camera.take(page, 'one-time-codes')
  await open('/sign-out')
  await camera.take(page, 'sign-out')
}

/** Ada’s: the whole of the admin's pages. */
export async function pictureAdmin(stage: Stage): Promise<void> {
  const ada = await stage.newTraveller()
  const { page, open } = ada
  const { take } = stage.camera
  await placeInOffice(page)
  await open('/account/passkeys/new')
  await ada.signIn('ada', stage.company.passwordOf('ada'))
  await ada.enter({ Name: 'laptop fingerprint' })
  await ada.touch('Make the passkey')
  await stage.company.addPasskey('ada', 'blue key')
  await open('/admin')
  await take(page, 'admin-overview', { phone: true, dark: true })
  for (const [path, name, options] of [
    ['/users', 'admin-users', { phone: true }],
    ['/users/hedy', 'admin-user', { phone: true }],
    ['/new-user', 'admin-new-user', {}],
    ['/groups', 'admin-groups', {}],
    ['/groups/prod-admins', 'admin-group', {}],
    ['/new-group', 'admin-new-group', {}],
    ['/invitations', 'admin-invitations', {}],
    ['/new-invitation', 'admin-new-invitation', {}],
    ['/csv', 'admin-csv', {}],
    ['/clusters', 'admin-clusters', { phone: true }],
    ['/clusters/prod-eu', 'admin-cluster', { dark: true }],
    ['/new-cluster', 'admin-new-cluster', {}],
    ['/applications', 'admin-applications', {}],
    ['/applications/grafana', 'admin-application', {}],
    ['/new-application', 'admin-new-application', {}],
    ['/machines', 'admin-machines', {}],
    ['/new-rule', 'admin-new-rule', {}],
    ['/new-issuer', 'admin-new-issuer', {}],
    ['/keys', 'admin-keys', {}],
    ['/access-review', 'admin-access-review', {}],
  ] as const) {
    await open(`/admin${path}`)
    await take(page, name, options)
  }
  await pictureActs(stage, ada)
}

async function pictureActs({ camera: { take } }: Stage, ada: Traveller): Promise<void> {
  const { page, open } = ada
  await open('/admin/audit')
  await page.locator('.log summary').nth(2).click()
  await take(page, 'admin-audit')
  await ada.press('Verify that nothing was changed')
  await take(page, 'admin-audit-verified')
  await open('/admin/users/alan')
  await ada.press('Make reset link')
  await take(page, 'admin-confirm-passkey')
  await ada.touch('Continue with passkey')
  await take(page, 'admin-link')
  await open('/admin/groups/viewers')
  await ada.press('Delete group')
  await take(page, 'admin-sure')
}

/** Hedy’s: everybody's own pages, and those that a login of kubectl leads to. */
export async function picturePerson(stage: Stage): Promise<void> {
  const hedy = await stage.newTraveller()
  const { page, open } = hedy
  const { take } = stage.camera
  await placeInOffice(page)
  await open('/account')
  await hedy.signIn('hedy', stage.company.passwordOf('hedy'))
  await take(page, 'account', { phone: true })
  await open('/account/profile')
  await take(page, 'profile')
  await open('/account/kubectl/prod-eu')
  await take(page, 'kubectl', { phone: true })
  await open('/account/requests')
  await take(page, 'requests', { phone: true })
  await open('/account/tokens/new')
  await take(page, 'access-token')
  await open('/device')
  await take(page, 'device-code')
  const { lanyard } = stage
  const { body } = await postForm(
    lanyard,
    `${lanyard.issuer}/device/auth`,
    {
      ...{ client_id: 'kubectl-lanyard', scope: 'openid offline_access' },
      device_name: 'jump-host-2',
    },
    { 'x-forwarded-for': '10.20.3.17' },
  )
  await hedy.enter({ Code: String(body['user_code']) })
  await hedy.press('Continue')
  await take(page, 'device-confirm', { phone: true })
  await hedy.press('I started this')
  await take(page, 'device-done')
  await open('/admin')
  await take(page, 'not-for-you')
}

/** Margaret’s: who owns a group answers and adds. */
export async function pictureOwner(stage: Stage): Promise<void> {
  const margaret = await stage.newTraveller()
  const { page, open } = margaret
  const { take } = stage.camera
  await placeInOffice(page)
  await open('/account/requests')
  await margaret.signIn('margaret', stage.company.passwordOf('margaret'))
  await open('/account/passkeys/new')
  await margaret.enter({ Name: 'phone' })
  await margaret.touch('Make the passkey')
  await open('/account/requests')
  await take(page, 'owner-requests', { phone: true })
  await margaret.press('Approve hedy in prod-admins')
  await take(page, 'owner-approve')
  await open('/admin/groups/shop-developers')
  await take(page, 'owner-group')
}
