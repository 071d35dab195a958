/** Ways to break a kubeconfig and what it names, each with what doctor must say of it. */
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parse, stringify } from 'yaml'
import type { Config, Fault, Laptop, Surroundings } from './laptop.ts'

async function change(laptop: Laptop, edit: (config: Config) => void): Promise<void> {
  const config = parse(await readFile(laptop.kubeconfig, 'utf8')) as Config
  edit(config)
  await writeFile(laptop.kubeconfig, stringify(config))
}

const changed =
  (edit: (config: Config) => void) =>
  (laptop: Laptop): Promise<void> =>
    change(laptop, edit)

const exec = (edit: (stanza: Record<string, unknown>) => void) =>
  changed(({ users }) => edit(users[0]?.user.exec ?? {}))

const cluster = (edit: (cluster: Record<string, unknown>) => void) =>
  changed(({ clusters }) => edit(clusters[0]?.cluster ?? {}))

export function kubeconfigFaults({ issuer, foreignCa, secrets }: Surroundings): readonly Fault[] {
  return [
    {
      ...{
        name: 'apiVersion v1alpha1',
        check: 'kubeconfig.exec',
        cause: /v1alpha1, which kubectl does not know/,
      },
      seed: exec((stanza) => (stanza['apiVersion'] = 'client.authentication.k8s.io/v1alpha1')),
    },
    {
      ...{ name: 'no interactiveMode', check: 'kubeconfig.exec', cause: /has no interactiveMode/ },
      seed: exec((stanza) => delete stanza['interactiveMode']),
    },
    {
      ...{
        name: 'interactiveMode Always',
        check: 'kubeconfig.exec',
        cause: /interactiveMode Always/,
      },
      seed: exec((stanza) => (stanza['interactiveMode'] = 'Always')),
    },
    {
      ...{
        name: 'a mistyped command',
        check: 'plugin.command',
        cause: /"kubectl-lanyrad" does not exist/,
      },
      seed: exec((stanza) => (stanza['command'] = 'kubectl-lanyrad')),
    },
    {
      ...{ name: 'a relative command', check: 'plugin.command', cause: /looked for in .*\.kube/ },
      seed: exec((stanza) => (stanza['command'] = './bin/kubectl-lanyard')),
    },
    {
      ...{
        name: 'a plugin that is not executable',
        check: 'plugin.command',
        cause: /is not executable/,
        direct: true,
      },
      seed: ({ plugin }) => chmod(plugin, 0o644),
    },
    {
      ...{
        name: 'a plugin outside of the PATH',
        check: 'plugin.command',
        cause: /no directory of the PATH/,
        direct: true,
      },
      seed(laptop) {
        laptop.env['PATH'] = laptop.env['PATH']?.replace(`${dirname(laptop.plugin)}:`, '') ?? ''
      },
    },
    {
      ...{
        name: 'an older copy first',
        check: 'plugin.copies',
        cause: /an older copy of the plugin is first/,
        direct: true,
      },
      async seed(laptop) {
        const old = join(laptop.directory, 'old')
        await mkdir(old)
        await writeFile(
          join(old, 'kubectl-lanyard'),
          '#!/bin/sh\n[ "$1" = version ] && echo kubectl-lanyard 0.0.1\n',
        )
        await chmod(join(old, 'kubectl-lanyard'), 0o755)
        laptop.env['PATH'] = `${old}:${laptop.env['PATH']}`
      },
    },
    {
      ...{ name: 'no audience', check: 'kubeconfig.args', cause: /has no --audience/ },
      seed: exec((stanza) => (stanza['args'] = ['get-token', '--issuer', issuer()])),
    },
    {
      ...{
        name: 'an option that get-token does not take',
        check: 'kubeconfig.args',
        cause: /has --certificate-authority among its args/,
      },
      seed: exec((stanza) => (stanza['args'] as string[]).push('--certificate-authority=/ca.crt')),
    },
    {
      ...{ name: 'another audience', check: 'login.entry', cause: /no such cluster/ },
      seed: exec(
        (stanza) => (stanza['args'] = ['get-token', '--issuer', issuer(), '--audience', 'omega']),
      ),
    },
    {
      ...{
        name: 'auth-provider beside exec',
        check: 'kubeconfig.user',
        cause: /has auth-provider beside exec/,
      },
      secret: true,
      seed: changed(({ users }) => {
        secrets.add('s3cret-id-token')
        Object.assign(users[0]?.user ?? {}, {
          'auth-provider': { name: 'oidc', config: { 'id-token': 's3cret-id-token' } },
        })
      }),
    },
    {
      ...{ name: 'a token beside exec', check: 'kubeconfig.user', cause: /has token beside exec/ },
      secret: true,
      seed: changed(({ users }) => {
        secrets.add('s3cret-old-token')
        Object.assign(users[0]?.user ?? {}, { token: 's3cret-old-token' })
      }),
    },
    {
      ...{
        name: 'a user twice in one file',
        check: 'kubeconfig.duplicate',
        cause: /has the user .* twice/,
      },
      seed: changed(({ users }) => users.push(...structuredClone(users))),
    },
    {
      ...{
        name: 'a user hidden by another file',
        check: 'kubeconfig.duplicate',
        cause: /hides the one of/,
      },
      async seed(laptop) {
        const { users } = parse(await readFile(laptop.kubeconfig, 'utf8')) as Config
        const first = join(laptop.home, 'first')
        const name = users[0]?.name
        await writeFile(
          first,
          stringify({
            apiVersion: 'v1',
            kind: 'Config',
            users: [{ name, user: { token: 'gone' } }],
          }),
        )
        laptop.env['KUBECONFIG'] = `${first}:${laptop.kubeconfig}`
      },
    },
    {
      ...{
        name: 'no current-context',
        check: 'kubeconfig.context',
        cause: /current-context is missing/,
      },
      seed: changed((config) => delete config['current-context']),
    },
    {
      ...{
        name: 'a current-context that is gone',
        check: 'kubeconfig.context',
        cause: /there is no context "omega", which current-context names/,
      },
      seed: changed((config) => (config['current-context'] = 'omega')),
    },
    {
      ...{
        name: 'a context without its user',
        check: 'kubeconfig.context',
        cause: /names the user .*, which is in no kubeconfig/,
      },
      seed: changed((config) => (config.users = [])),
    },
    {
      ...{ name: 'no kubeconfig', check: 'kubeconfig.found', cause: /there is no kubeconfig/ },
      seed: ({ kubeconfig }) => rm(kubeconfig),
    },
    {
      ...{
        name: 'a KUBECONFIG that names nothing',
        check: 'kubeconfig.found',
        cause: /there is no kubeconfig: .*elsewhere/,
      },
      seed(laptop) {
        laptop.env['KUBECONFIG'] = join(laptop.home, 'elsewhere')
      },
    },
    {
      ...{
        name: 'the address of before',
        check: 'cluster.server',
        cause: /the address of "alpha" is https:\S+ now/,
      },
      seed: cluster((each) => (each['server'] = 'https://127.0.0.1:1')),
    },
    {
      ...{
        name: 'the CA of before',
        check: 'cluster.certificate',
        cause: /the CA of "alpha" in the kubeconfig is not the one/,
      },
      seed: cluster(
        (each) =>
          (each['certificate-authority-data'] = Buffer.from(foreignCa()).toString('base64')),
      ),
    },
    {
      ...{ name: 'a CA that is none', check: 'kubeconfig.cluster', cause: /is no certificate/ },
      seed: cluster(
        (each) => (each['certificate-authority-data'] = Buffer.from('no').toString('base64')),
      ),
    },
    {
      ...{
        name: 'a CA file that is gone',
        check: 'kubeconfig.cluster',
        cause: /the CA file "gone.crt" .* cannot be read: ENOENT/,
      },
      seed: cluster((each) => {
        delete each['certificate-authority-data']
        each['certificate-authority'] = 'gone.crt'
      }),
    },
    {
      ...{
        name: 'a CA, and no verification',
        check: 'kubeconfig.cluster',
        cause: /insecure-skip-tls-verify beside a CA/,
      },
      seed: cluster((each) => (each['insecure-skip-tls-verify'] = true)),
    },
  ]
}
