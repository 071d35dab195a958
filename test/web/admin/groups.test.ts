import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BY, PASSWORD, signIn } from '../fixture.ts'
import { act, openAdmin, textOf } from './fixture.ts'

test('groups are listed with members, what they contain and what they open', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  await web.directory.groups.add({ name: 'staff', description: 'Everybody <b>' }, BY)
  await web.directory.groups.addMember('staff', { group: 'viewers' }, BY)
  const page = await root.open('admin/groups')
  const rows = [...page.html.matchAll(/<tr>([\s\S]*?)<\/tr>/g)].slice(1)
  assert.deepEqual(
    rows.map(([, row = '']) =>
      row
        .replace(/<[^>]*>/g, ' ')
        .replace(/\s+/g, ' ')
        .trim(),
    ),
    [
      'lanyard-admins 1 none none any factor',
      'staff Everybody &lt;b&gt; 0 viewers none any factor',
      'viewers 1 none prod-eu any factor',
    ],
  )
  assert.match(textOf(await root.open('admin/groups?q=STA')), /staff/)
  assert.match(textOf(await root.open('admin/groups?q=zzz')), /No group begins with “ zzz ”/)
})

test('a long list goes on where it ended', async () => {
  await using site = await openAdmin()
  for (let n = 0; n < 55; n++) {
    await site.web.directory.groups.add({ name: `g${String(n).padStart(2, '0')}` }, BY)
  }
  const first = await site.root.open('admin/groups?q=g')
  const next = /href="\/([^"]+)">Next page/.exec(first.html)?.[1]?.replaceAll('&amp;', '&') ?? ''
  const names = [...(await site.root.open(next)).html.matchAll(/admin\/groups\/(g\d\d)"/g)]
  assert.deepEqual(
    names.map(([, name]) => name),
    ['g50', 'g51', 'g52', 'g53', 'g54'],
  )
})

test('a group is made, and a name that cannot be one is refused beside its field', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const make = async (fields: Record<string, string>) =>
    act(root, await root.open('admin/new-group'), '/admin/groups', fields)
  const made = await make({ name: 'Night-Shift', description: 'On call' })
  assert.match(made.url, /\/admin\/groups\/night-shift\?done=made$/)
  assert.match(textOf(made), /The group is made\. Nobody is in it yet\./)
  await web.directory.groups.add({ name: 'old' }, BY)
  await web.directory.groups.delete('old', BY)
  for (const [fields, status, sentence] of [
    [{ name: 'night-shift' }, 409, 'Group "night-shift" exists already.'],
    [{ name: 'old' }, 409, 'Group name "old" was used before.'],
    [
      { name: 'ＳＹＳＴＥＭ:masters' },
      400,
      'Group name "system:masters" is reserved by Kubernetes.',
    ],
    [
      { name: 'x', description: 'y'.repeat(257) },
      400,
      `Description "${'y'.repeat(80)}…" must have at most 256 visible characters.`,
    ],
  ] as const) {
    const page = await make(fields)
    assert.equal(page.status, status, sentence)
    assert.ok(textOf(page).includes(sentence), sentence)
  }
})

test('a group shows who is in it and through what, and what it opens by way of others', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  await web.directory.groups.add({ name: 'team' }, BY)
  await web.directory.groups.addMember('viewers', { group: 'team' }, BY)
  await web.directory.groups.addMember('team', { user: 'bob' }, BY)
  const team = textOf(await root.open('admin/groups/team'))
  assert.match(team, /1 person in it directly\./)
  assert.match(team, /prod-eu cluster viewers/)
  assert.match(team, /Is inside viewers/)
  assert.match(team, /Members of team are members of it too\./)
  const direct = textOf(await root.open('admin/groups/viewers'))
  assert.match(direct, /ada Ada Lovelace direct/)
  assert.doesNotMatch(direct, /bob/)
  const all = textOf(await root.open('admin/groups/viewers?show=all'))
  assert.match(all, /2 people, those in groups that it contains included\./)
  assert.match(all, /bob bob through a group/)
  const missing = await root.open('admin/groups/nowhere')
  assert.equal(missing.status, 404)
  assert.match(textOf(missing), /No group is named "nowhere"\./)
})

test('members come and go on the page of their group', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const page = await root.open('admin/groups/viewers')
  const added = await act(root, page, '/members', { username: 'BOB' })
  assert.match(textOf(added), /Added\./)
  assert.deepEqual((await web.directory.groups.members('viewers')).users, ['ada', 'bob'])
  assert.equal((await act(root, page, '/members', { username: 'nobody' })).status, 404)
  const index = added.forms.findIndex(({ fields }) => fields['username'] === 'bob')
  const both = await Promise.all([root.submit(added, {}, index), root.submit(added, {}, index)])
  assert.deepEqual(
    both.map(({ status }) => status),
    [200, 200],
  )
  assert.deepEqual((await web.directory.groups.members('viewers')).users, ['ada'])
  const { id } = await web.directory.users.get('bob')
  const removals = await web.audit.list({ userId: id, types: ['group.member_removed'] })
  assert.equal(removals.length, 1)
  web.advance(6 * 60_000)
  const sudo = await act(root, page, '/members/remove')
  assert.match(
    textOf(sudo),
    /remove ada from viewers\s*\. 1 person loses cluster prod-eu within 10 seconds\./,
  )
})

test('nesting names what it changes, and no circle is made', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  await web.directory.groups.add({ name: 'team' }, BY)
  await web.directory.groups.addMember('team', { user: 'bob' }, BY)
  const sure = await act(root, await root.open('admin/groups/viewers'), '/groups', {
    group: 'team',
  })
  assert.match(
    textOf(sure),
    /put group team into viewers\s*\. 1 person may enter cluster prod-eu at once\./,
  )
  const done = await root.submit(sure)
  assert.match(textOf(done), /The group is in it\./)
  const circle = await act(root, await root.open('admin/groups/team'), '/groups', {
    group: 'viewers',
  })
  const refused = await root.submit(circle)
  assert.equal(refused.status, 400)
  assert.match(
    textOf(refused),
    /Group "viewers" cannot be a member of "team": team > viewers > team would be a circle\./,
  )
  const out = await act(root, done, '/groups/remove')
  assert.match(
    textOf(out),
    /take group team out of viewers\s*\. 1 person loses cluster prod-eu within 10 seconds\./,
  )
  assert.match(textOf(await root.submit(out)), /The group is out of it\./)
  assert.deepEqual((await web.directory.groups.members('viewers')).groups, [])
})

test('deleting a group names the people and clusters, and an old form does not delete more than was read', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const page = await root.open('admin/groups/viewers')
  const sure = await act(root, page, '/delete')
  assert.equal(sure.heading, 'Are you sure?')
  assert.match(
    textOf(sure),
    /delete group viewers for ever: nobody can make a group of this name again\s*\. 1 person loses cluster prod-eu within 10 seconds\./,
  )
  await web.directory.groups.addMember('viewers', { user: 'bob' }, BY)
  const changed = await root.submit(sure)
  assert.equal(changed.status, 409)
  assert.match(
    textOf(changed),
    /Something has changed since you were asked\. Look again\. 2 people lose cluster prod-eu|2 people lose cluster prod-eu/,
  )
  assert.notEqual(await web.directory.groups.find('viewers'), undefined)
  const done = await root.submit(changed)
  assert.match(textOf(done), /The group is deleted\./)
  assert.equal(await web.directory.groups.find('viewers'), undefined)
  const admins = await act(root, await root.open('admin/groups/lanyard-admins'), '/delete')
  const refused = await root.submit(admins)
  assert.equal(refused.status, 409)
  assert.match(textOf(refused), /Group "lanyard-admins" holds the admins and cannot be deleted\./)
})

test('the description is saved, and by nobody else than an admin', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const page = await root.open('admin/groups/viewers')
  const saved = await act(root, page, '/description', { description: ' May look. ' })
  assert.match(textOf(saved), /Saved\./)
  assert.equal((await web.directory.groups.get('viewers')).description, 'May look.')
  const ada = web.person()
  await signIn(ada, 'ada', PASSWORD)
  const csrf = (await ada.open('sign-out')).forms[0]?.fields['csrf'] ?? ''
  for (const path of [
    'description',
    'delete',
    'members',
    'members/remove',
    'groups',
    'groups/remove',
  ]) {
    const answer = await ada.post(`${web.issuerUrl}/admin/groups/viewers/${path}`, {
      csrf,
      username: 'bob',
    })
    assert.equal(answer.status, 404, path)
    const unknown = await ada.post(`${web.issuerUrl}/admin/groups/nowhere/${path}`, { csrf })
    assert.equal(
      textOf(unknown).replace(/Reference \S+/, ''),
      textOf(answer).replace(/Reference \S+/, ''),
      'no telling which groups there are',
    )
  }
  assert.equal((await web.directory.groups.get('viewers')).description, 'May look.')
})
