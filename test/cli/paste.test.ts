/** What `lanyard cluster config` prints, pasted into a shell on a machine that is made up: every file where it belongs, and the way back. */
import assert from 'node:assert/strict'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { pasteText } from '../../src/cli/paste.ts'
import { type Distribution, distributionConfig, distributions } from '../../src/kubernetes/index.ts'
import { requireBinaries } from '../cluster/binaries.ts'
import { skipWithoutCluster } from '../cluster/control-plane.ts'
import { readPage } from '../docs/markdown.ts'
import { runProcess } from '../support/process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const skip = await skipWithoutCluster('that kubectl edits the manifest of kubeadm as printed')
const golden = join(import.meta.dirname, '../kubernetes/golden')
const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'

function configOf(distribution: Distribution, kubernetesVersion = '1.37') {
  return distributionConfig(distribution, {
    ...{ name: 'prod-eu', issuer: 'https://id.example.com', audience: 'prod' },
    ...{ certificateAuthority: pem, usernamePrefix: 'lanyard:', groupsPrefix: 'lanyard:' },
    ...{ signingAlg: 'RS256', liveGroups: true, maxTokenLifetimeSeconds: 3600, kubernetesVersion },
  })
}

/** A machine whose absolute paths lie below one directory, with programs that only note that they were called. */
async function openMachine(programs: readonly string[], path = '') {
  const directory = await temporaryDirectory()
  const root = directory.path
  const bin = join(root, 'bin')
  const calls = join(root, 'calls')
  await mkdir(bin)
  await writeFile(calls, '')
  const write = async (name: string, script: string) => {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`)
    await chmod(join(bin, name), 0o755)
  }
  await write('sudo', 'exec "$@"')
  for (const name of programs) await write(name, `echo ${name} "$@" >> '${calls}'`)
  return {
    root,
    async paste(text: string) {
      const moved = text.replace(/(?<![\w.~:}/-])\/(?=(?:etc|var)\/)/g, `${root}/`)
      const { code, stderr, stdout } = await runProcess({
        command: 'sh',
        args: ['-eu'],
        input: moved,
        env: { PATH: `${bin}:${path}:${process.env['PATH']}`, HOME: join(root, 'home') },
        cwd: root,
      })
      assert.deepEqual([code, stderr], [0, ''])
      return stdout
    },
    read: (file: string) => readFile(join(root, file.replace(/^~/, 'home')), 'utf8'),
    calls: async () => (await readFile(calls, 'utf8')).trimEnd().split('\n'),
    files: async () => {
      const all = await readdir(root, { recursive: true, withFileTypes: true })
      return all
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1))
        .filter((name) => !/^(?:bin\/|calls$)/.test(name))
        .sort()
    },
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  }
}

const programs = ['systemctl', 'snap', 'kind', 'minikube', 'talosctl', 'aws', 'az', 'kubectl']

describe('a pasted answer', () => {
  for (const distribution of [
    'k3s',
    'rke2',
    'microk8s',
    'kind',
    'minikube',
    'talos',
    'eks',
    'aks',
  ] as const) {
    for (const version of ['1.37', '1.29']) {
      it(`for ${distribution}, Kubernetes ${version}, writes its files, whole, and runs its commands`, async () => {
        await using machine = await openMachine(programs)
        const config = configOf(distribution, version)
        const args = 'var/snap/microk8s/current/args/kube-apiserver'
        if (distribution === 'microk8s') {
          await mkdir(join(machine.root, dirname(args)), { recursive: true })
          await writeFile(join(machine.root, args), '--secure-port=16443\n')
        }
        await machine.paste(pasteText('prod-eu', config))
        for (const { path, content, append } of config.files) {
          const before = append === true ? '--secure-port=16443\n' : ''
          const moved = content.replace(/(?<![\w.~:}/-])\/(?=(?:etc|var)\/)/g, `${machine.root}/`)
          assert.equal(await machine.read(path), `${before}${moved}`, path)
        }
        assert.equal((await machine.files()).length, config.files.length)
        assert.equal((await machine.calls()).join() !== '', config.commands.length > 0)
      })
    }
  }

  it('for k3s and MicroK8s is undone by what it says', async () => {
    for (const distribution of ['k3s', 'rke2', 'microk8s'] as const) {
      await using machine = await openMachine(programs)
      const args = 'var/snap/microk8s/current/args/kube-apiserver'
      await mkdir(join(machine.root, dirname(args)), { recursive: true })
      await writeFile(join(machine.root, args), '--secure-port=16443\n')
      const config = configOf(distribution)
      await machine.paste(pasteText('prod-eu', config))
      await machine.paste(config.undo)
      assert.deepEqual(await machine.files(), [args])
      assert.equal(await machine.read(args), '--secure-port=16443\n')
    }
  })

  it('for GKE is comments alone', () => {
    const lines = pasteText('prod-eu', configOf('gke')).split('\n')
    assert.deepEqual(
      lines.filter((line) => line !== '' && !line.startsWith('# ')),
      [],
    )
    assert.ok(lines.some((line) => line.includes('Workforce Identity Federation')))
  })
})

describe('the how-to pages', () => {
  for (const distribution of distributions) {
    if (distribution === 'structured' || distribution === 'flags') continue
    it(`show what is printed for ${distribution}`, () => {
      const page = readPage(`docs/how-to/configure-${distribution}.md`)
      const [name = ''] =
        new RegExp(`(?<=cluster config )\\S+(?= --for ${distribution}$)`, 'm').exec(page) ?? []
      const shown = page.slice(
        page.indexOf(`# ${name} on ${distribution}, `),
        page.lastIndexOf('```'),
      )
      const lines = new Set(pasteText(name, shownOn(distribution, name)).split('\n'))
      const strange = shown
        .split('\n')
        .filter((line) => !/^(?: *…|lanyard: .*|)$/.test(line) && !lines.has(line))
      assert.deepEqual(strange, [])
      assert.ok(shown.split('\n').length > 4)
    })
  }
})

/** With the settings that the pages were made with. */
function shownOn(distribution: Distribution, name: string) {
  const prefix = distribution === 'aks' ? 'aks:jwt:' : name === 'dev' ? '' : 'lanyard:'
  return distributionConfig(distribution, {
    ...{ name, issuer: 'https://id.example.com', audience: name, certificateAuthority: pem },
    ...{ usernamePrefix: prefix, groupsPrefix: prefix, signingAlg: 'RS256', liveGroups: false },
    ...{ maxTokenLifetimeSeconds: 3600, kubernetesVersion: '1.34' },
  })
}

describe('the static pod of kubeadm', { skip }, () => {
  const manifest = 'etc/kubernetes/manifests/kube-apiserver.yaml'
  const read = async (file: string): Promise<unknown> =>
    parse(await readFile(join(golden, file), 'utf8'))

  it('is edited by kubectl to what kubeadm itself makes of kubeadm.yaml, once, and back', async () => {
    const { kubectl } = await requireBinaries()
    await using machine = await openMachine(['unused'])
    const before = await readFile(join(golden, 'kubeadm-manifest-before.yaml'), 'utf8')
    await mkdir(join(machine.root, dirname(manifest)), { recursive: true })
    await writeFile(join(machine.root, manifest), before)
    await writeFile(
      join(machine.root, 'bin/kubectl'),
      `#!/bin/sh\n[ "$1" = patch ] || exit 0\nexec '${kubectl}' "$@"\n`,
    )
    await chmod(join(machine.root, 'bin/kubectl'), 0o755)
    const config = configOf('kubeadm')
    const text = pasteText('prod-eu', config)
    await machine.paste(text)
    const home = new RegExp(machine.root, 'g')
    const edited = (await machine.read(manifest)).replace(home, '')
    assert.deepEqual(normalise(parse(edited)), normalise(await read('kubeadm-manifest-after.yaml')))

    assert.match(await machine.paste(text), /^already there$/m)
    assert.equal((await machine.read(manifest)).replace(home, ''), edited)
    assert.equal((await readdir(join(machine.root, dirname(manifest)))).length, 1)

    await machine.paste(config.undo)
    assert.equal(await machine.read(manifest), before)
    assert.deepEqual(
      (await machine.files()).filter((file) => file.startsWith('etc')),
      [manifest],
    )
  })
})

interface Named {
  readonly name: string
}
interface Manifest {
  spec: { containers: { command: string[]; volumeMounts: Named[] }[]; volumes: Named[] }
}

/** kubeadm puts arguments and volumes in order, a patch puts its own behind the others. */
function normalise(value: unknown): Manifest {
  const { spec } = value as Manifest
  const byName = (one: Named, other: Named) => one.name.localeCompare(other.name)
  spec.volumes.sort(byName)
  for (const container of spec.containers) {
    container.command.sort()
    container.volumeMounts.sort(byName)
  }
  return value as Manifest
}
