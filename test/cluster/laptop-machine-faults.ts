/** Ways to break what lies around kubectl: kuberc, files of the plugin, environment, login; each with what doctor must say of it. */
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Fault, Surroundings } from './laptop.ts'

export function machineFaults({ secrets }: Surroundings): readonly Fault[] {
  return [
    {
      ...{
        name: 'a kuberc that denies all',
        check: 'kuberc.policy',
        cause: /forbids every credential plugin/,
      },
      seed: ({ home }) =>
        writeFile(join(home, '.kube', 'kuberc'), kuberc('credentialPluginPolicy: DenyAll\n')),
    },
    {
      ...{
        name: 'a kuberc that lists others',
        check: 'kuberc.policy',
        cause: /allow-list .* lacks kubectl-lanyard/,
      },
      seed: ({ home }) =>
        writeFile(
          join(home, '.kube', 'kuberc'),
          kuberc('credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- command: aws\n'),
        ),
    },
    {
      ...{
        name: 'a login that others can read',
        check: 'store.permissions',
        cause: /login.json" can be used by others \(mode 644\)/,
      },
      seed: ({ state }) => chmod(join(state, 'login.json'), 0o644),
    },
    {
      ...{
        name: 'a directory that others can read',
        check: 'store.permissions',
        cause: /can be used by others \(mode 755\)/,
      },
      seed: ({ state }) => chmod(state, 0o755),
    },
    {
      ...{
        name: 'a cache that others can write to',
        check: 'store.permissions',
        cause: /can be used by others \(mode 777\)/,
        cached: true,
      },
      seed: ({ cache }) => chmod(dirname(cache), 0o777),
    },
    {
      ...{
        name: 'a link in place of a token',
        check: 'store.permissions',
        cause: /is a symbolic link/,
        cached: true,
      },
      async seed({ cache, home }) {
        const [token = ''] = await readdir(cache)
        await rename(join(cache, token), join(home, 'token'))
        await symlink(join(home, 'token'), join(cache, token))
      },
    },
    {
      ...{ name: 'a lock from the future', check: 'store.lock', cause: /is from the future/ },
      untried: true,
      async seed({ state }) {
        const tomorrow = Date.now() / 1000 + 86_400
        await mkdir(join(state, 'lock'))
        await utimes(join(state, 'lock'), tomorrow, tomorrow)
      },
    },
    {
      ...{ name: 'a lock that is a file', check: 'store.lock', cause: /is no directory/ },
      untried: true,
      seed: ({ state }) => writeFile(join(state, 'lock'), ''),
    },
    {
      ...{
        name: 'a proxy that is down',
        check: 'issuer.proxy',
        cause: /HTTPS_PROXY sends requests to \S+ through http:\/\/127.0.0.1:1,? /,
      },
      secret: true,
      seed(laptop) {
        secrets.add('proxy-pa55word')
        laptop.env['HTTPS_PROXY'] = 'http://ada:proxy-pa55word@127.0.0.1:1'
      },
    },
    {
      ...{
        name: 'a proxy that is no address',
        check: 'proxy.address',
        cause: /HTTPS_PROXY is not the address of a proxy/,
      },
      seed(laptop) {
        laptop.env['HTTPS_PROXY'] = 'socks://127.0.0.1:1'
      },
    },
    {
      ...{
        name: 'a cached token that no cluster takes',
        check: 'login.cached',
        cause: /the token in the cache is not one/,
        cached: true,
      },
      async seed({ cache }) {
        const [name = ''] = await readdir(cache)
        const path = join(cache, name)
        const entry = JSON.parse(await readFile(path, 'utf8')) as { token: string }
        const token = `${entry.token.slice(0, -8)}AAAAAAAA`
        await writeFile(path, JSON.stringify({ ...entry, token }))
      },
    },
    {
      ...{
        name: 'no login',
        check: 'login.present',
        cause: /you are not logged in/,
        approves: true,
      },
      seed: ({ state }) => rm(join(state, 'login.json')),
    },
    {
      ...{
        name: 'a damaged login',
        check: 'store.readable',
        cause: /login.json" is damaged/,
        approves: true,
      },
      seed: ({ state }) => writeFile(join(state, 'login.json'), '{"iss'),
    },
    {
      ...{
        name: 'a login that the issuer does not know',
        check: 'login.alive',
        cause: /the login has ended/,
        approves: true,
      },
      untried: true,
      async seed({ state }) {
        const path = join(state, 'login.json')
        const login = JSON.parse(await readFile(path, 'utf8')) as { refreshToken: string }
        const refreshToken = `${login.refreshToken.slice(0, -6)}AAAAAA`
        await writeFile(path, JSON.stringify({ ...login, refreshToken }))
      },
    },
  ]
}

function kuberc(text: string): string {
  return `apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n${text}`
}
