import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wordsOf } from '../../../views/index.ts'
import { readSentences } from '../../support/sentences.ts'
import { BY } from '../fixture.ts'
import { act, openAdmin, textOf } from './fixture.ts'

const PAGES = [
  ...['', '/users', '/new-user', '/users/bob', '/users/bob/edit', '/groups', '/new-group'],
  ...['/groups/lanyard-admins', '/invitations', '/new-invitation', '/csv', '/clusters'],
  ...['/new-cluster', '/clusters/blue', '/clusters/blue/edit', '/applications', '/new-application'],
  ...['/machines', '/new-rule', '/new-issuer', '/audit', '/keys', '/access-review'],
]

/** Whole sentences without parts that German says otherwise. */
const english = new Set(
  readSentences(['views', 'src/web']).flatMap(({ strings }) => {
    const [text = ''] = strings
    if (strings.length > 1 || text.includes('<')) return []
    const said = wordsOf('de').t(Object.assign([text], { raw: [text] }))
    return String(said) === text ? [] : [text.replaceAll('’', "'")]
  }),
)

test('an admin who reads German finds no English sentence on the pages, and no markup as text', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  await web.clusters.add({ name: 'blue', server: 'https://blue.example.com' }, BY)
  await root.submit(await root.open('language'), { language: 'de' })
  for (const path of PAGES) {
    const page = await root.open(`admin${path}`)
    assert.equal(page.status, 200, path)
    assert.match(page.html, /<html lang="de">/)
    assert.doesNotMatch(page.html, /&lt;\/?(?:bdi|b|span|code|time)\b|\[object|undefined/, path)
    const texts = [
      ...[...page.html.matchAll(/>([^<>]+)</g)].map(([, text = '']) => text),
      ...[...page.html.matchAll(/(?:aria-label|data-l|placeholder)="([^"]+)"/g)].map(
        ([, text = '']) => text,
      ),
    ].map((text) => text.trim().replaceAll('’', "'").replaceAll('&#39;', "'"))
    assert.deepEqual(
      // Fields of an event are called in the record what they are called in every language.
      texts.filter((text) => english.has(text) && !(path === '/audit' && /^[a-z]+$/.test(text))),
      [],
      path,
    )
  }
})

test('an act is one sentence of the language, and done by whoever read it there', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  await root.submit(await root.open('language'), { language: 'fr' })
  const asked = await act(root, await root.open('admin/users/bob'), '/delete')
  assert.equal(asked.heading, 'Êtes-vous sûr ?')
  assert.match(
    textOf(asked),
    /Vous allez supprimer bob et révoquer 0 appareils ; personne ne peut reprendre le nom d’utilisateur\./,
  )
  const done = await root.submit(asked)
  assert.match(textOf(done), /La personne est supprimée\./)
  assert.equal(await web.directory.users.find('bob'), undefined)
})

test('who changes the language between the words and the act reads them again', async () => {
  await using site = await openAdmin()
  const { web, root } = site
  const asked = await act(root, await root.open('admin/users/bob'), '/delete')
  await root.submit(await root.open('language'), { language: 'de' })
  const again = await root.submit(asked)
  assert.equal(again.status, 409)
  assert.match(textOf(again), /Etwas hat sich geändert, seit Sie gefragt wurden\./)
  assert.notEqual(await web.directory.users.find('bob'), undefined)
})
