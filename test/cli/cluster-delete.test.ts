import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addDevice, type CommandLine, noon, openCommandLine } from './command-line.ts'

const server = 'https://k8s.example.com:6443'

/** Ada's laptop has entered prod, and so have `more` machines of hers. */
async function openEntered(more = 0): Promise<CommandLine> {
  const line = await openCommandLine()
  await line.text('user', 'add', 'ada', '--no-password')
  await line.text('cluster', 'add', 'prod', '--server', server, '--audience', 'prod-2026')
  const [deviceId = ''] = (await addDevice(line, 'ada')).split('.')
  const { id } = await line.server.clusters.get('prod')
  await line.server.store.write(async (tx) => {
    const row = await tx.query.selectFrom('devices').selectAll().executeTakeFirstOrThrow()
    const others = Array.from({ length: more }, (_, index) => ({
      ...{ ...row, id: `another-${index}`, name: `m${String(index).padStart(3, '0')}` },
    }))
    if (more > 0) await tx.query.insertInto('devices').values(others).execute()
    for (const device of [deviceId, ...others.map((each) => each.id)]) {
      await tx.query
        .insertInto('device_clusters')
        .values({
          ...{ device_id: device, cluster_id: id },
          entered_at: device === deviceId ? noon : noon - 60_000,
        })
        .execute()
    }
  })
  return line
}

const heading = 'USERNAME  DEVICE'
const one = '1 person has entered prod, on one machine; a kubeconfig there has a context for it'
const remove = 'kubectl config delete-context prod'

describe('lanyard cluster delete', () => {
  test('says who holds a context for it, and the line they type', async () => {
    await using line = await openEntered()
    const run = await line.run(['cluster', 'delete', 'prod', '--yes'])
    // The name came from a machine: nothing in it may move the admin's cursor.
    assert.deepEqual(run, {
      code: 0,
      stdout: [
        'cluster prod deleted',
        'USERNAME  DEVICE        CLIENT           ENTERED',
        'ada       laptop \ufffd[31m  kubectl-lanyard  2026-07-01T12:00:00Z',
        '',
      ].join('\n'),
      stderr: `lanyard: ${one}\nlanyard: hint: each of them removes it with: ${remove}; their next setup says so too\n`,
    })
  })

  test('has the same in JSON, at most 50 with the count of all', async () => {
    await using line = await openEntered(60)
    const { holders, ...rest } = await line.json(
      ...(['ClusterDeleted', 'cluster', 'delete', 'prod', '--yes'] as const),
    )
    assert.deepEqual(rest, {
      ...{ deleted: 'prod', audience: 'prod-2026', people: 1, devices: 61 },
      removeContext: remove,
    })
    assert.equal(holders.length, 50)
    assert.deepEqual(holders[0], {
      ...{ username: 'ada', device: 'laptop \u001b[31m', clientId: 'kubectl-lanyard' },
      enteredAt: '2026-07-01T12:00:00Z',
    })
  })

  test('says how many it does not list', async () => {
    await using line = await openEntered(60)
    const { stderr } = await line.run(['cluster', 'delete', 'prod', '--yes'])
    assert.match(
      stderr,
      /^lanyard: 1 person has entered prod, on 61 machines; a kubeconfig there has a context for it \(above are the last 50\)\n/,
    )
  })

  test('says it before it asks, and changes nothing after a no', async () => {
    await using line = await openEntered()
    let asked = ''
    const terminal = {
      isInteractive: true,
      confirm: (question: string) => {
        asked = question
        return Promise.resolve(false)
      },
    }
    const run = await line.run(['cluster', 'delete', 'prod'], { terminal })
    assert.equal(run.code, 1)
    assert.equal(asked, 'Delete cluster prod? Nobody can have its audience prod-2026 again.')
    const [first, second, third] = run.stderr.split('\n')
    assert.equal(first, `lanyard: ${one}`)
    assert.ok(second?.startsWith(`lanyard: ${heading}`), second)
    assert.ok(third?.startsWith('lanyard: ada       laptop'), third)
    assert.equal((await line.list('Cluster', 'cluster', 'list')).length, 1)
  })

  test('lists nobody where nobody entered, and needs --yes where nobody can be asked', async () => {
    await using line = await openCommandLine()
    await line.text('cluster', 'add', 'prod', '--server', server)
    const refused = await line.run(['cluster', 'delete', 'prod'])
    assert.equal(refused.code, 2)
    assert.match(refused.stderr, /there is no terminal to ask on/)
    assert.deepEqual(await line.run(['cluster', 'delete', 'prod', '--yes']), {
      ...{ code: 0, stdout: 'cluster prod deleted\n', stderr: '' },
    })
  })
})
