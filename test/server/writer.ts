/**
 * A second process that changes users and groups without end, as many admin commands at once would: `node writer.ts DATA ISSUER
 * ROUND`. Each line it prints is a change that was acknowledged.
 */
import { byTest } from '../support/lanyard.ts'
import { openRoomsBeside } from './child.ts'

const [data = '', issuer = '', round = ''] = process.argv.slice(2)
const { directory } = openRoomsBeside(data, issuer)

async function change(lane: number): Promise<never> {
  for (let step = 0; ; step += 1) {
    const username = `user-${round}-${lane}-${step}`
    const group = `group-${round}-${lane}-${step}`
    await directory.users.add({ username }, byTest)
    process.stdout.write(`user ${username}\n`)
    await directory.groups.add({ name: group }, byTest)
    await directory.groups.addMember(group, { user: username }, byTest)
    process.stdout.write(`member ${group} ${username}\n`)
    await directory.users.disable(username, byTest)
    process.stdout.write(`disabled ${username}\n`)
  }
}

await Promise.all(Array.from({ length: 8 }, (_, lane) => change(lane)))
