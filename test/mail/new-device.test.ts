import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byTest, startLanyard } from '../support/lanyard.ts'
import { pluginLogin } from '../support/logins.ts'
import { deliverAll, relayOn, startRelay, textOf } from './smtp.ts'

test('a device is told of at its first login from a network, and not at every login', async () => {
  await using server = await startRelay()
  await using lanyard = await startLanyard({ settings: { mail: relayOn(server.port) } })
  const ada = await lanyard.addUser('ada')
  await pluginLogin(lanyard, ada, { deviceName: 'before' })
  const email = { email: 'ada@example.com', emailVerified: true }
  await lanyard.server.rooms.directory.users.change('ada', email, byTest)
  for (const deviceName of ['laptop', 'laptop', 'before', 'phone, see https://evil.example/x']) {
    await pluginLogin(lanyard, ada, { deviceName })
  }
  await deliverAll(lanyard.server.rooms)
  const told = server.received.map((mail) => /seen there before: (.*?)\r$/m.exec(textOf(mail))?.[1])
  assert.deepEqual(told, ['laptop', 'phone see https evil example x'])
  assert.match(textOf(server.received[0] ?? assert.fail()), /^From: 127\.0\.0\.1\r$/m)
  assert.match(server.received[0]?.source ?? '', /^Subject: =\?UTF-8\?Q\?A_new_device_/m)
})
