import assert from 'node:assert/strict'
import { test } from 'node:test'
import { samples } from './samples.ts'

const plain = samples((text) => text)
const hostileText = `"><script>alert(1)</script><img src=x onerror='alert(2)' style="x">&`
const hostile = samples((text) => `${text}${hostileText}`)

/** The start tags of a document, with their attributes, as a browser would see them in markup as regular as ours. */
function tagsOf(page: string): { name: string; attributes: Map<string, string> }[] {
  return [...page.matchAll(/<([a-z][a-z\d]*)((?:[^>"]|"[^"]*")*)>/g)].map(
    ([, name = '', rest = '']) => ({
      name,
      attributes: new Map(
        [...rest.matchAll(/([a-z][a-z-]*)(?:="([^"]*)")?/gi)].map(([, key = '', value = '']) => [
          key,
          value,
        ]),
      ),
    }),
  )
}

for (const [name, page] of Object.entries(plain)) {
  test(`page ${name}: no script but ours for passkeys, times and copying, no inline style, no event handler`, () => {
    const scripts = [...page.matchAll(/<script[\s\S]*?<\/script>/g)].map(([script]) => script)
    const ours = [
      ...(page.includes('data-options') ? ['passkey'] : []),
      ...(page.includes('class="rail"') ? ['times'] : []),
      ...(page.includes('data-copy') ? ['copy'] : []),
    ].map((name) => `<script type="module" src="/assets/${name}.js"></script>`)
    assert.deepEqual(scripts, ours)
    for (const tag of tagsOf(page)) {
      assert.notEqual(tag.name, 'style')
      for (const key of tag.attributes.keys()) {
        assert.ok(key !== 'style' && !/^on/i.test(key), `${tag.name} has ${key}`)
      }
    }
    assert.doesNotMatch(page, /javascript:/i)
  })

  test(`page ${name}: text from outside stays text`, () => {
    const page = hostile[name] ?? ''
    assert.doesNotMatch(page, /<script>|<img src=x|onerror='/)
    assert.deepEqual(
      tagsOf(page).map((tag) => tag.name),
      tagsOf(plain[name] ?? '').map((tag) => tag.name),
    )
  })

  test(`page ${name}: one title, one h1, unique ids, labelled fields, forms with a token`, () => {
    const tags = tagsOf(page)
    const count = (wanted: string) => tags.filter((tag) => tag.name === wanted).length
    assert.equal(count('title'), 1)
    assert.equal(count('h1'), 1)
    assert.equal(count('main'), 1)
    const ids = tags.flatMap((tag) => tag.attributes.get('id') ?? [])
    assert.deepEqual(ids, [...new Set(ids)])
    for (const { name: tagName, attributes } of tags) {
      const described = attributes.get('aria-describedby')?.split(' ') ?? []
      for (const id of described) assert.ok(ids.includes(id), `nothing has the id ${id}`)
      if (tagName === 'form') assert.equal(attributes.get('method'), 'post')
      if (tagName !== 'input' || attributes.get('type') === 'hidden') continue
      const id = attributes.get('id')
      assert.ok(tags.some((tag) => tag.name === 'label' && tag.attributes.get('for') === id))
    }
    const tokens = tags.filter(({ attributes }) =>
      ['csrf', 'xsrf'].includes(attributes.get('name') ?? ''),
    )
    assert.equal(tokens.length, count('form'))
    assert.ok(tags.filter(({ attributes }) => attributes.has('autofocus')).length <= 1)
  })
}

test('titles say what a page is for, and failed forms begin with "Error:"', () => {
  const title = (name: string) => /<title>(.*)<\/title>/.exec(plain[name] ?? '')?.[1]
  assert.equal(title('sign-in'), 'Sign in to prod-eu – Lanyard')
  assert.equal(title('sign-in-error'), 'Error: Sign in to prod-eu – Lanyard')
  assert.equal(title('sign-in-limited'), 'Error: Too many attempts – Lanyard')
  assert.equal(title('device-code-error'), 'Error: Sign in a device – Lanyard')
  assert.equal(title('password-error'), 'Error: Set your own password – Lanyard')
  assert.equal(title('setup-code'), 'Error: Create the first admin – Lanyard')
  assert.equal(title('device-confirm'), 'Did you start this? – Lanyard')
})

test('sign-in: the username is kept, the password emptied and focused, autocomplete is right', () => {
  const field = (page: string, name: string) =>
    tagsOf(page).find((tag) => tag.attributes.get('name') === name)?.attributes
  const failed = plain['sign-in-error'] ?? ''
  assert.equal(field(failed, 'username')?.get('value'), 'ada')
  assert.equal(field(failed, 'username')?.get('autocomplete'), 'username webauthn')
  assert.equal(field(failed, 'password')?.has('value'), false)
  assert.equal(field(failed, 'password')?.has('autofocus'), true)
  assert.equal(field(failed, 'password')?.get('autocomplete'), 'current-password')
  assert.equal(field(failed, 'password')?.get('aria-invalid'), 'true')
  assert.equal(field(plain['sign-in'] ?? '', 'password')?.has('aria-invalid'), false)
  assert.match(failed, /<b>Username or password is wrong\.<\/b> Check both and try again\./)
  assert.match(
    plain['sign-in-limited'] ?? '',
    /Too many attempts\. Wait 2 minutes, then try again\./,
  )
  const change = plain['password-forced'] ?? ''
  assert.equal(field(change, 'current_password')?.get('autocomplete'), 'current-password')
  assert.equal(field(change, 'password')?.get('autocomplete'), 'new-password')
})

test('device confirmation: refuse stands first, nothing is focused, and no primary button from another network', () => {
  const here = plain['device-confirm'] ?? ''
  const elsewhere = plain['device-confirm-elsewhere'] ?? ''
  assert.match(
    here,
    /value="refuse">Not me, refuse[\s\S]*btn primary" name="answer" value="approve"/,
  )
  assert.doesNotMatch(elsewhere, /btn primary/)
  assert.match(elsewhere, /another network than this browser/)
  assert.doesNotMatch(here, /autofocus/)
  assert.match(here, /as it names itself; not checked/)
})

test('set-up: a loopback issuer says that nobody else can reach it, and how to change it', () => {
  const loopback = plain['setup-loopback'] ?? ''
  assert.match(loopback, /Other machines cannot reach this issuer\./)
  assert.match(loopback, /LANYARD_ISSUER[\s\S]*LANYARD_LISTEN/)
  assert.doesNotMatch(plain['setup'] ?? '', /Other machines/)
})
