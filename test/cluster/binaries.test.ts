import assert from 'node:assert/strict'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { cacheDirectory, findBinaries, moduleDirectory, provideBinaries } from './binaries.ts'
import { buildBinaries } from './build.ts'
import { BINARY_NAMES, LINES, NEWEST, OLDEST, RELEASES } from './kube/releases.ts'

const { version: VERSION } = RELEASES[NEWEST]

async function writeScript(directory: string, name: string, body: string): Promise<string> {
  await mkdir(directory, { recursive: true })
  const path = join(directory, name)
  await writeFile(path, `#!/bin/sh\n${body}\n`)
  await chmod(path, 0o755)
  return path
}

/** Everything a fake Go is asked and told goes to a file; what it builds is an empty program. */
const fakeGo = `
[ "$1" = version ] && exit 0
printf '%s|%s|%s|%s\\n' "$GOFLAGS" "$CGO_ENABLED" "$GOWORK" "$*" >> "$GO_CALLS"
while [ "$1" != -o ]; do shift; done
printf '' > "$2"`

describe('the programs of the control plane', () => {
  it('are pinned to one release by each line, and built as its tools.go says', async () => {
    for (const line of LINES) {
      const { version, builds } = RELEASES[line]
      assert.equal(version.split('.').slice(0, 2).join('.'), line)
      const module = await readFile(join(moduleDirectory(line), 'go.mod'), 'utf8')
      const pinned = [...module.matchAll(/^(?:require)?\s+k8s\.io\/kubernetes v(\S+)$/gm)]
      assert.deepEqual(
        pinned.map(([, found]) => found),
        [version],
      )
      const staging = [...module.matchAll(/^\s*(?:replace )?(k8s\.io\/\S+) => \1 v0\.(\S+)$/gm)]
      assert.ok(staging.length >= 29, line)
      for (const [, name, found] of staging) assert.equal(`1.${found}`, version, name)
      const tools = await readFile(join(moduleDirectory(line), 'tools.go'), 'utf8')
      const imported = [...tools.matchAll(/_ ".*?\/([^/"]*)(?:\/server\/v3)?"$/gm)]
      assert.deepEqual(
        new Set(imported.map(([, found]) => (found === 'v3' ? 'etcd' : found))),
        new Set<string | undefined>(builds),
      )
    }
  })

  it('are of each line what it builds, and the rest of the newest', async () => {
    await using directory = await temporaryDirectory()
    const env = { PATH: '', XDG_CACHE_HOME: directory.path }
    const newest = await cacheDirectory(env)
    const oldest = await cacheDirectory(env, OLDEST)
    const script = (where: string, name: string) => writeScript(where, name, '')
    const etcd = await script(newest, 'etcd')
    await script(newest, 'kubectl')
    await script(newest, 'kube-apiserver')
    await script(newest, 'kube-controller-manager')
    assert.deepEqual(await findBinaries(env, OLDEST), { etcd })
    const kubectl = await script(oldest, 'kubectl')
    const apiserver = await script(oldest, 'kube-apiserver')
    const found = { etcd, kubectl, 'kube-apiserver': apiserver }
    assert.deepEqual(await findBinaries(env, OLDEST), found)
    assert.deepEqual(await provideBinaries(env, OLDEST), found)
  })

  it('of an old line are built with what it lacks of the newest', async () => {
    await using directory = await temporaryDirectory()
    const calls = join(directory.path, 'calls')
    const bin = join(directory.path, 'bin')
    await writeScript(bin, 'go', fakeGo)
    const env = {
      PATH: `${bin}:/usr/bin:/bin`,
      XDG_CACHE_HOME: directory.path,
      GO_CALLS: calls,
    }
    const binaries = await provideBinaries(env, OLDEST)
    assert.deepEqual(binaries, {
      etcd: join(await cacheDirectory(env), 'etcd'),
      kubectl: join(await cacheDirectory(env, OLDEST), 'kubectl'),
      'kube-apiserver': join(await cacheDirectory(env, OLDEST), 'kube-apiserver'),
    })
    const asked = (await readFile(calls, 'utf8')).trimEnd().split('\n')
    assert.deepEqual(
      asked.map((call) => [
        /component-base\/version\.gitVersion=v(\S+)/.exec(call)?.[1],
        call.split(' ').at(-1),
      ]),
      [
        [VERSION, 'go.etcd.io/etcd/server/v3'],
        [RELEASES[OLDEST].version, 'k8s.io/kubernetes/cmd/kubectl'],
        [RELEASES[OLDEST].version, 'k8s.io/kubernetes/cmd/kube-apiserver'],
      ],
    )
  })

  it('are taken from KUBEBUILDER_ASSETS, then PATH, where they report the right version', async () => {
    await using directory = await temporaryDirectory()
    const assets = join(directory.path, 'assets')
    const path = join(directory.path, 'path')
    await writeScript(assets, 'kube-apiserver', `echo Kubernetes v${VERSION}0`)
    const kubectl = await writeScript(
      assets,
      'kubectl',
      `[ "$*" = "version --client" ] && echo Client Version: v${VERSION}`,
    )
    const apiserver = await writeScript(path, 'kube-apiserver', `echo Kubernetes v${VERSION}`)
    await writeScript(path, 'kubectl', `echo Client Version: v${VERSION}`)
    await writeScript(path, 'kube-controller-manager', 'exit 1')
    await writeScript(path, 'etcd', 'echo etcd Version: 3.5.21')
    const env = { KUBEBUILDER_ASSETS: assets, PATH: path, XDG_CACHE_HOME: directory.path }
    assert.deepEqual(await findBinaries(env), { kubectl, 'kube-apiserver': apiserver })
    const etcd = await writeScript(assets, 'etcd', 'echo etcd Version: 3.10.0')
    assert.equal((await findBinaries(env)).etcd, etcd)
  })

  it('are missing, and nothing is built, where there is no Go', async () => {
    await using directory = await temporaryDirectory()
    const env = { PATH: directory.path, XDG_CACHE_HOME: directory.path }
    assert.equal(await provideBinaries(env), undefined)
    assert.deepEqual(await readdir(directory.path), [])
  })

  it('are built once by two at once, from the committed go.sum alone, and leave no scratch', async () => {
    await using directory = await temporaryDirectory()
    const calls = join(directory.path, 'calls')
    const bin = join(directory.path, 'bin')
    await writeScript(bin, 'go', fakeGo)
    const env = {
      PATH: `${bin}:/usr/bin:/bin`,
      XDG_CACHE_HOME: directory.path,
      GO_CALLS: calls,
      GOFLAGS: '-mod=mod',
    }
    const target = await cacheDirectory(env)
    const lines: string[] = []
    const options = {
      ...{ missing: BINARY_NAMES, directory: target, env, version: VERSION },
      moduleDirectory: moduleDirectory(NEWEST),
      say: (line: string) => lines.push(line),
    }
    assert.deepEqual(await Promise.all([buildBinaries(options), buildBinaries(options)]), [
      true,
      true,
    ])
    const asked = (await readFile(calls, 'utf8')).trimEnd().split('\n')
    assert.deepEqual(
      asked.map((call) => call.split(' ').at(-1)),
      [
        'go.etcd.io/etcd/server/v3',
        'k8s.io/kubernetes/cmd/kubectl',
        'k8s.io/kubernetes/cmd/kube-controller-manager',
        'k8s.io/kubernetes/cmd/kube-apiserver',
      ],
    )
    for (const call of asked) {
      assert.ok(call.startsWith('-mod=readonly -modcacherw -buildvcs=false|0|off|build -trimpath '))
      assert.ok(call.includes(`component-base/version.gitVersion=v${VERSION} `))
    }
    assert.equal(lines.filter((line) => line.startsWith('building ')).length, 4)
    assert.equal(lines.filter((line) => line.startsWith('another process')).length, 1)
    assert.deepEqual((await readdir(target)).toSorted(), BINARY_NAMES.toSorted())
    assert.deepEqual(Object.keys(await findBinaries(env)).toSorted(), BINARY_NAMES.toSorted())
  })

  it('say what Go says when a build fails, and leave nothing half made', async () => {
    await using directory = await temporaryDirectory()
    const bin = join(directory.path, 'bin')
    await writeScript(bin, 'go', '[ "$1" = version ] || { echo no such module >&2; exit 1; }')
    const target = join(directory.path, 'cache')
    await assert.rejects(
      buildBinaries({
        ...{ missing: ['etcd'], directory: target, version: VERSION, env: { PATH: bin } },
        moduleDirectory: moduleDirectory(NEWEST),
        say: () => {},
      }),
      { message: 'go build of etcd ended with code 1:\nno such module\n' },
    )
    assert.deepEqual(await readdir(target), [])
  })
})
