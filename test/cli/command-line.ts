import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand, type Terminal } from '../../src/cli/index.ts'
import { type Shape, type ShapeName, shapes } from '../../src/cli/shapes.ts'
import { loadConfig, withIssuer } from '../../src/config/index.ts'
import { openRooms, type Rooms } from '../../src/rooms.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

export const noon = Date.UTC(2026, 6, 1, 12)
export const goodPassword = 'correct horse battery staple'

export interface Run {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** `lanyard` on a data directory of its own, as `npx lanyard` would run it. */
export interface CommandLine extends AsyncDisposable {
  readonly data: string
  run(argv: readonly string[], options?: { terminal?: Partial<Terminal> }): Promise<Run>
  /** Runs what must succeed and gives back its stdout. */
  text(...argv: string[]): Promise<string>
  /** The same with `-o json`, checked against the documented shape. */
  json<Name extends ShapeName>(shape: Name, ...argv: string[]): Promise<Shape<Name>>
  list<Name extends ShapeName>(shape: Name, ...argv: string[]): Promise<Shape<Name>[]>
  /** The rooms of the server on the same directory. */
  readonly server: Rooms
}

/** Nobody at the keyboard; stdin holds a good password. */
const nobody: Terminal = {
  isInteractive: false,
  askPassword: () => Promise.reject(new TypeError('asked for a password')),
  confirm: () => Promise.reject(new TypeError('asked to confirm')),
  readStdin: () => Promise.resolve(goodPassword),
}

/** `settings`: what stands in the environment beside the data directory and the issuer. */
export async function openCommandLine(
  settings: Readonly<Record<string, string>> = {},
): Promise<CommandLine> {
  const env = (data: string) => ({
    ...{ LANYARD_DATA: data, LANYARD_ISSUER: 'https://id.example.com' },
    ...settings,
  })
  const directory = await temporaryDirectory()
  const data = join(directory.path, 'data')
  await mkdir(data)
  const loaded = loadConfig({ configPath: undefined, env: env(data), cwd: directory.path })
  const server = openRooms(withIssuer(loaded, loaded.listen.port), () => noon)

  const run: CommandLine['run'] = async (argv, { terminal = {} } = {}) => {
    const written = { stdout: '', stderr: '' }
    const code = await runCommand(argv, {
      clock: () => noon,
      env: env(data),
      cwd: directory.path,
      stdout: { write: (text) => (written.stdout += text) },
      stderr: { write: (text) => (written.stderr += text) },
      terminal: { ...nobody, ...terminal },
    })
    return { code, ...written }
  }
  const text = async (...argv: string[]) => {
    const { code, stdout, stderr } = await run(argv)
    assert.equal(code, 0, stderr)
    return stdout
  }
  const parse = async (...argv: string[]): Promise<unknown> =>
    JSON.parse(await text(...argv, '-o', 'json'))
  return {
    ...{ data, server, run, text },
    json: async (shape, ...argv) => shapes[shape].parse(await parse(...argv)) as never,
    list: async (shape, ...argv) => shapes[shape].array().parse(await parse(...argv)) as never,
    [Symbol.asyncDispose]: async () => {
      await server.store.close()
      await directory[Symbol.asyncDispose]()
    },
  }
}

/** A login of this user, as the issuer would have kept it. Resolves with a jti of one of its tokens. */
export async function addDevice(line: CommandLine, username: string): Promise<string> {
  const { store, directory } = line.server
  const user = await directory.users.get(username)
  const id = 'abcdefghijklmn27'
  await store.write(async (tx) => {
    await tx.query
      .insertInto('devices')
      .values({
        ...{
          id,
          user_id: user.id,
          client_id: 'kubectl-lanyard',
          name: 'laptop \u001b[31m',
          jkt: null,
        },
        ...{ amr: 'pwd', acr: '1', authenticated_at: noon, created_at: noon },
        ...{ created_address: '192.0.2.1', last_used_at: noon, last_address: null },
        ...{ expires_at: noon + 3_600_000, revoked_at: null },
      })
      .execute()
    await tx.query
      .insertInto('audit_events')
      .values({
        ...{ at: noon, type: 'device.signed_in', actor_kind: 'user', actor_id: user.id },
        ...{ actor_name: username, target_kind: 'device', target_id: id, target_name: 'laptop' },
        ...{ client_id: 'kubectl-lanyard', device_id: id, address: '192.0.2.1', request_id: null },
        detail: '{}',
      })
      .execute()
  })
  return `${id}.AAAAAAAAAAAAAAAA`
}
