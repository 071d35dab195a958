import assert from 'node:assert/strict'
import { PassThrough, Writable } from 'node:stream'
import { test } from 'node:test'
import type { Terminal } from '../../src/cli/index.ts'
import { createTerminal } from '../../src/cli/terminal.ts'
import { goodPassword, openCommandLine } from './command-line.ts'

const other = 'battery staple horse correct'

/** Somebody who types these, one after another; what is found wrong with one is what the prompt would show. */
function typist(...typed: string[]): {
  terminal: Partial<Terminal>
  faults: (string | undefined)[]
} {
  const faults: (string | undefined)[] = []
  return {
    faults,
    terminal: {
      isInteractive: true,
      askPassword: (_question, fault) => {
        const next = typed.shift() ?? ''
        faults.push(fault?.(next))
        return Promise.resolve(next)
      },
      readStdin: () => Promise.reject(new TypeError('stdin was read')),
    },
  }
}

test('a password that is typed signs in, and stands nowhere', async () => {
  await using line = await openCommandLine()
  const { terminal, faults } = typist(goodPassword, goodPassword)
  const run = await line.run(['user', 'add', 'ada', '--no-must-change'], { terminal })
  assert.equal(run.code, 0, run.stderr)
  assert.deepEqual(faults, [undefined, undefined])
  const attempt = { username: 'ada', address: null, browser: null }
  const { directory } = line.server
  assert.equal((await directory.verifyPassword({ ...attempt, password: goodPassword })).kind, 'ok')
  const audit = JSON.stringify(await line.list('AuditEntry', 'audit', 'list'))
  for (const text of [run.stdout, run.stderr, audit])
    assert.equal(text.includes(goodPassword), false)
})

test('what is wrong is said while it is typed', async () => {
  await using line = await openCommandLine()
  const { terminal, faults } = typist('short', other)
  await line.run(['user', 'add', 'ada'], { terminal })
  assert.match(faults[0] ?? '', /15/)
  assert.equal(faults[1], 'the two are not the same')
})

test('a password from stdin obeys the same rules', async () => {
  await using line = await openCommandLine()
  const readStdin = () => Promise.resolve('short')
  const run = await line.run(['user', 'add', 'ada', '--password-stdin'], {
    terminal: { readStdin },
  })
  assert.equal(run.code, 1)
  assert.equal((await line.run(['user', 'show', 'ada'])).code, 1)
  const empty = { readStdin: () => Promise.resolve('') }
  const none = await line.run(['user', 'add', 'ada', '--password-stdin'], { terminal: empty })
  assert.deepEqual([none.code, none.stderr], [2, 'lanyard: error: stdin holds no password\n'])
})

test('with nobody at the terminal it fails fast and says what to do', async () => {
  await using line = await openCommandLine()
  assert.deepEqual(await line.run(['user', 'add', 'ada']), {
    code: 2,
    stdout: '',
    stderr: `lanyard: error: nobody is at a terminal to type the password
lanyard: hint: give it on stdin with --password-stdin
`,
  })
})

test('a password of the admin’s ends what was signed in before', async () => {
  await using line = await openCommandLine()
  await line.text('user', 'add', 'ada', '--password-stdin', '--no-must-change')
  await line.text('user', 'password', 'ada', '--password-stdin')
  const { id } = await line.server.directory.users.get('ada')
  const subject = await line.server.directory.subject(id)
  assert.equal(subject?.mustChangePassword, true)
})

test('what cannot be undone is asked for where somebody can answer', async () => {
  await using line = await openCommandLine()
  await line.text('user', 'add', 'ada', '--no-password')
  const questions: string[] = []
  const answering = (answer: boolean): Partial<Terminal> => ({
    isInteractive: true,
    confirm: (question) => {
      questions.push(question)
      return Promise.resolve(answer)
    },
  })
  assert.deepEqual(await line.run(['user', 'delete', 'ada']), {
    code: 2,
    stdout: '',
    stderr:
      'lanyard: error: this cannot be undone, and there is no terminal to ask on\nlanyard: hint: add --yes to do it without being asked\n',
  })
  const no = await line.run(['user', 'delete', 'ada'], { terminal: answering(false) })
  assert.deepEqual(no, {
    code: 1,
    stdout: '',
    stderr: 'lanyard: error: cancelled; nothing was changed\n',
  })
  await line.text('user', 'show', 'ada')
  assert.equal((await line.run(['user', 'delete', 'ada'], { terminal: answering(true) })).code, 0)
  assert.deepEqual(
    questions,
    Array(2).fill('Delete user ada? Nobody can have this username again.'),
  )
})

function terminalOf(stdin: string | Buffer) {
  const input = new PassThrough()
  input.end(stdin)
  return createTerminal(input, new Writable({ write: (_chunk, _encoding, done) => done() }))
}

test('stdin is read whole, without the line’s end and nothing else', async () => {
  assert.equal(await terminalOf('pass word \n').readStdin(), 'pass word ')
  assert.equal(await terminalOf('a\nb\r\n').readStdin(), 'a\nb')
  assert.equal(await terminalOf('ü\u00a0').readStdin(), 'ü\u00a0')
  assert.equal(await terminalOf('').readStdin(), '')
  await assert.rejects(terminalOf('x'.repeat(4097)).readStdin(), {
    code: 'ERR_USAGE',
    message: 'stdin holds more than 4096 bytes',
  })
  await assert.rejects(terminalOf(Buffer.from([0xff])).readStdin(), { code: 'ERR_USAGE' })
  assert.equal(terminalOf('').isInteractive, false)
})
