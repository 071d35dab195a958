/**
 * Threat 16: the policy of a group is the group's, whatever it is named: no name reads as a policy, and no name breaks its members'
 * sign-in.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BY, openDirectory, PASSWORD } from '../directory/fixture.ts'

test('a guarded group is guarded under every name that a group may have', async () => {
  await using fixture = await openDirectory()
  const { groups, users, subject } = fixture.directory
  const { id } = await users.add({ username: 'ada', password: PASSWORD }, BY)
  const names = ['a/any/60', 'team/ops', 'two/passkey', 'x/two/0/any/0', 'zone:b@c+d/e']
  for (const name of names) {
    await groups.add({ name }, BY)
    await groups.addMember(name, { user: 'ada' }, BY)
    await groups.change(name, { policy: { factors: 'passkey', maxAge: null } }, BY)
  }
  await groups.change('team/ops', { policy: { factors: 'any', maxAge: 90 } }, BY)
  const found = await subject(id)
  assert.deepEqual(found?.groups, names)
  assert.deepEqual(
    found?.guarded,
    names.map((name) => ({
      name,
      policy:
        name === 'team/ops' ? { factors: 'any', maxAge: 90 } : { factors: 'passkey', maxAge: null },
    })),
  )
})
