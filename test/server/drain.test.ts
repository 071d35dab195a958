import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { describe, it } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import { Agent } from 'undici'
import type { Rooms } from '../../src/rooms.ts'
import { byTest, startLanyard } from '../support/lanyard.ts'
import { noteSecret } from '../support/log-secrets.ts'
import {
  type Credentials,
  clusterLogin,
  type Issuer,
  refresh,
  tokensOf,
} from '../support/logins.ts'
import { Person } from '../support/person.ts'
import { poll } from '../support/poll.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { openRoomsBeside, startServing, steadyPort } from './child.ts'

const BODY = 'grant_type=refresh_token&client_id=prod&refresh_token=none'

/** A request of which the last bytes have not been sent. */
async function startRequest({ issuer, ca }: Issuer): Promise<{ socket: TLSSocket; rest: string }> {
  const { port, host } = new URL(issuer)
  const socket = connect({ host: '127.0.0.1', port: Number(port), servername: 'localhost', ca })
  socket.on('error', () => {})
  await once(socket, 'secureConnect')
  const head = [
    'POST /token HTTP/1.1',
    `Host: ${host}`,
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${BODY.length}`,
    // Its answer tells that the head has been read.
    'Expect: 100-continue',
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  const [first] = (await once(socket, 'data')) as [Buffer]
  assert.equal(first.toString(), 'HTTP/1.1 100 Continue\r\n\r\n')
  socket.write(BODY.slice(0, 10))
  return { socket, rest: BODY.slice(10) }
}

async function readToEnd(socket: TLSSocket): Promise<string> {
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return text
}

/** How a connection to this port ends that has only just been tried. */
function tryConnection(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTcp(port, '127.0.0.1', () => {
      socket.destroy()
      resolve('connected')
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
  })
}

async function addPeople(rooms: Rooms, count: number): Promise<Credentials[]> {
  const people: Credentials[] = []
  for (let index = 0; index < count; index += 1) {
    const person = { username: `person-${index}`, password: `nine green llamas nap ${index}` }
    noteSecret(person.password, 'password')
    await rooms.directory.users.add({ ...person, mustChange: false }, byTest)
    people.push(person)
  }
  return people
}

describe('SIGTERM', () => {
  it('lets a request that has begun finish, takes no new connection, and ends with 0', async () => {
    await using home = await temporaryDirectory()
    await using serving = await startServing({ data: home.path })
    const { socket, rest } = await startRequest(serving)
    serving.process.signal('SIGTERM')
    await serving.process.waitForLine('stderr', /"signal":"SIGTERM"/)
    await poll('new connections are refused', async () => {
      return (await tryConnection(serving.port)) === 'ECONNREFUSED'
    })
    assert.equal(serving.process.ended, undefined)
    socket.write(rest)
    const answer = await readToEnd(socket)
    assert.match(answer, /^HTTP\/1\.1 401 Unauthorized\r\n/)
    assert.match(answer, /"error":"invalid_client"/)
    assert.deepEqual(await serving.process.exit, { code: 0, signal: null })
  })

  it('cuts nothing of many sign-ins and refreshes, and loses nothing of what was answered', async () => {
    await using home = await temporaryDirectory()
    const port = await steadyPort()
    const signedIn: Person[] = []
    const successors: string[] = []
    {
      await using serving = await startServing({ data: home.path, port })
      await using rooms = openRoomsBeside(home.path, serving.issuer)
      const people = await addPeople(rooms, 30)
      await rooms.clusters.add(
        { name: 'prod', server: 'https://127.0.0.1:6443', everyone: true },
        byTest,
      )
      const [ada] = people
      assert.ok(ada)
      const owner = new Person(serving)
      const tokens = await poll('the cluster is known', async () =>
        clusterLogin(serving, ada, 'prod', owner).catch(() => undefined),
      )
      const families = [tokens]
      while (families.length < 20) {
        families.push(await clusterLogin(serving, ada, 'prod', owner))
      }
      await owner.close()

      const forms = await Promise.all(
        people.map(async (credentials) => {
          const person = new Person(serving)
          return { credentials, person, page: await person.open('sign-in?next=account') }
        }),
      )
      // Every connection stands: what the kernel holds for a listener that goes away was never the server's.
      const connected = families.map(() => {
        return { ...serving, dispatcher: new Agent({ connect: { ca: serving.ca } }) }
      })
      for (const each of connected) await refresh(each, 'prod', 'none')
      const signIns = forms.map(async ({ credentials, person, page }) => {
        person.follows = false
        const answer = await person.submit(page, { ...credentials })
        assert.equal(answer.status, 303, answer.html)
        person.follows = true
        signedIn.push(person)
      })
      const refreshes = connected.map(async (each, index) => {
        const answer = await refresh(each, 'prod', families[index]?.refreshToken ?? '')
        successors.push(tokensOf(answer).refreshToken)
        await each.dispatcher.close()
      })
      await Promise.race(signIns)
      serving.process.signal('SIGTERM')
      await Promise.all([...signIns, ...refreshes])
      assert.deepEqual(await serving.process.exit, { code: 0, signal: null })
    }
    await using again = await startServing({ data: home.path, port })
    for (const person of signedIn) {
      const { status, url } = await person.open('account')
      assert.deepEqual([status, new URL(url).pathname], [200, '/account'])
      await person.close()
    }
    for (const token of successors) {
      tokensOf(await refresh(again, 'prod', token))
    }
    assert.deepEqual([signedIn.length, successors.length], [30, 20])
  })

  it('cuts what does not finish when the time is over', async () => {
    const lanyard = await startLanyard({ drainMs: 100 })
    const { socket } = await startRequest(lanyard)
    const answer = readToEnd(socket).catch(() => '')
    await lanyard[Symbol.asyncDispose]()
    assert.equal(await answer, '')
  })
})
