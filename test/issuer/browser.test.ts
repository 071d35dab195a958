import assert from 'node:assert/strict'
import { after, before, describe, it, mock } from 'node:test'
import {
  Agent,
  authorizeUrl,
  BY,
  createWorld,
  freezeTime,
  type Interaction,
  logIn,
} from './support.ts'

const SESSION = 'lanyard-session'

describe('browser sessions', () => {
  let time: ReturnType<typeof freezeTime>
  before(() => {
    time = freezeTime()
  })
  after(() => mock.timers.reset())

  const userOf = async (agent: Agent) =>
    (await agent.json<{ session: { userId: string } | null }>('/session')).session?.userId ?? null

  it('begin with a new id at every sign-in', async () => {
    await using world = await createWorld()
    const agent = new Agent(world)
    await agent.fetch('/sign-in', { method: 'POST' })
    const first = agent.cookies.get(SESSION)?.value
    assert.equal(await userOf(agent), world.ada.id)
    await agent.fetch('/sign-in', { method: 'POST' })
    const second = agent.cookies.get(SESSION)?.value
    assert.notEqual(second, first)
    const thief = new Agent(world)
    thief.cookies.set(SESSION, { value: first ?? '', path: '/' })
    const signature = agent.cookies.get(`${SESSION}.sig`)
    if (signature) thief.cookies.set(`${SESSION}.sig`, signature)
    assert.equal(await userOf(thief), null)
  })

  it('live in a cookie that only this host can set over https and no script can read', async () => {
    await using world = await createWorld({ origin: 'https://id.example.com', path: '/sso' })
    const response = await world.fetch(`${world.url}/sign-in`, { method: 'POST' })
    const [cookie = '', signature = ''] = response.headers.getSetCookie()
    const attributes = cookie
      .split('; ')
      .slice(1)
      .filter((each) => !each.startsWith('expires='))
    assert.match(cookie, /^__Host-lanyard-session=[\w-]{21,};/)
    assert.deepEqual(attributes, ['path=/', 'samesite=lax', 'secure', 'httponly'])
    assert.match(signature, /^__Host-lanyard-session\.sig=/)
  })

  it('say to a page why they may not enter, and let another sign in', async () => {
    await using world = await createWorld()
    const agent = new Agent(world)
    await agent.fetch('/sign-in?as=bob', { method: 'POST' })
    const page = await agent.location(authorizeUrl(world))
    const interaction = await agent.json<Interaction>(page)
    assert.equal(interaction.prompt, 'login')
    assert.equal(interaction.refusal, 'bob is in none of the groups that may enter cluster "prod"')
    const resume = await agent.location(`${page}/sign-in`, { method: 'POST' })
    assert.ok(new URL(await agent.location(resume)).searchParams.get('code'))
  })

  it('carry nothing over to another user', async () => {
    await using world = await createWorld()
    const agent = new Agent(world)
    await logIn(world, agent)
    const page = await agent.location(authorizeUrl(world, { prompt: 'login', client_id: 'prod' }))
    await world.directory.groups.addMember('viewers', { user: 'bob' }, BY)
    const resume = await agent.location(`${page}/sign-in?as=bob`, { method: 'POST' })
    const answer = new URL(await agent.location(resume)).searchParams
    assert.ok(answer.get('code'), answer.toString())
    assert.equal(await userOf(agent), world.bob.id)
    assert.ok((await world.auditTypes()).includes('session.ended'))
  })

  it('make way for another user even when they are void', async () => {
    await using world = await createWorld()
    const agent = new Agent(world)
    await agent.fetch('/sign-in', { method: 'POST' })
    const page = await agent.location(authorizeUrl(world))
    await world.directory.users.disable('ada', BY)
    await world.directory.groups.addMember('viewers', { user: 'bob' }, BY)
    const resume = await agent.location(`${page}/sign-in?as=bob`, { method: 'POST' })
    assert.ok(new URL(await agent.location(resume)).searchParams.get('code'))
    assert.equal(await userOf(agent), world.bob.id)
  })

  it('end after an hour without use and after 12 hours in any case', async () => {
    await using world = await createWorld()
    const agent = new Agent(world)
    await agent.fetch('/sign-in', { method: 'POST' })
    for (let hour = 0; hour < 12; hour += 1) {
      time.advance(3_540)
      assert.equal(await userOf(agent), world.ada.id, `hour ${hour}`)
    }
    time.advance(12 * 60 + 1)
    assert.equal(await userOf(agent), null)
    await agent.fetch('/sign-in', { method: 'POST' })
    time.advance(3_601)
    assert.equal(await userOf(agent), null)
    assert.match(await agent.location(authorizeUrl(world)), /interaction/)
  })

  it('end when the user is disabled, and when they sign out', async () => {
    await using world = await createWorld()
    const agent = new Agent(world)
    await agent.fetch('/sign-in', { method: 'POST' })
    await world.directory.users.disable('ada', BY)
    assert.equal(await userOf(agent), null)
    const page = await agent.location(authorizeUrl(world))
    assert.equal((await agent.json<{ prompt: string }>(page)).prompt, 'login')
    await world.directory.users.enable('ada', BY)
    assert.equal(await userOf(agent), world.ada.id)
    await agent.fetch('/sign-out', { method: 'POST' })
    assert.equal(await userOf(agent), null)
  })

  it('end when the password changes', async () => {
    await using world = await createWorld()
    const agent = new Agent(world)
    await agent.fetch('/sign-in', { method: 'POST' })
    time.advance(1)
    await world.directory.users.setPassword(
      'ada',
      'correct horse battery staple 42',
      { mustChange: false },
      BY,
    )
    assert.equal(await userOf(agent), null)
  })
})
