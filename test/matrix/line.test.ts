/**
 * What one line of Kubernetes makes of Lanyard's tokens. `npm run test:matrix` runs this file once for each line; by itself it
 * runs the newest.
 */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { parse, stringify } from 'yaml'
import { roleBinding } from '../../src/kubernetes/index.ts'
import { aroundReload, aroundStart, type ColdStart, waitUntilWarm } from '../cluster/cold-start.ts'
import {
  type Apiserver,
  type Etcd,
  LINES,
  NEWEST,
  RELEASES,
  skipWithoutCluster,
  startApiserver,
  startEtcd,
} from '../cluster/control-plane.ts'
import { measureRevocations } from '../cluster/revocation.ts'
import { buildPlugin, openTerminal, showCluster } from '../support/end-to-end.ts'
import { type Lanyard, startLanyard } from '../support/lanyard.ts'
import {
  type Credentials,
  clusterLogin,
  type PluginLogin,
  pluginLogin,
  walkThrough,
} from '../support/logins.ts'
import { Person } from '../support/person.ts'
import { provesIdentity, refusalOf } from './identity.ts'
import { setLiveGroups, startLineCluster, TRUSTS } from './line-cluster.ts'
import { emptyFindings, type Findings } from './page.ts'

const line = LINES.find((each) => each === process.env['LANYARD_MATRIX_LINE']) ?? NEWEST
const { version } = RELEASES[line]
/** How often each way of taking access away is measured, half of them by the flags. */
const RUNS = Number(process.env['LANYARD_MATRIX_RUNS'] ?? 20)
/** Five people of each run at once: more would measure this machine. */
const RUNS_AT_ONCE = 5
/** Starts, and as many reloads: of all lines together more than twenty. */
const ROUNDS = 4
/** Ten seconds of the apiserver's own memory, and what a poll and a busy machine add. */
const PROMISED_SECONDS = 10.5

/** An apiserver without a controller manager has no rules in `view`. */
const podReader = stringify({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: 'pod-reader' },
  rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }],
})

const skip = await skipWithoutCluster(`that Kubernetes ${line} knows people by their tokens`, line)

describe(`Kubernetes ${version}`, { skip }, () => {
  const owned = new AsyncDisposableStack()
  const findings: Findings = emptyFindings(line)
  let lanyard: Lanyard
  let etcd: Etcd
  let flagged: Apiserver
  let configured: Apiserver
  let ada: Credentials
  let login: PluginLogin

  before(async () => {
    ;[lanyard, etcd] = await Promise.all([startLanyard(), startEtcd()])
    owned.use(lanyard)
    owned.use(etcd)
    ada = await lanyard.addUser('ada', ['viewers', 'platform'])
    flagged = owned.use(await startLineCluster(lanyard, etcd, { ...TRUSTS[0], line }))
    configured = owned.use(await startLineCluster(lanyard, etcd, { ...TRUSTS[1], line }))
    login = await pluginLogin(lanyard, ada)
  })
  after(async () => {
    await owned.disposeAsync()
    const path = process.env['LANYARD_MATRIX_FINDINGS']
    if (path !== undefined) await writeFile(path, JSON.stringify(findings))
  })

  async function provesBoth(groups: 'live' | 'embedded'): Promise<void> {
    for (const trust of TRUSTS) {
      const apiserver = trust.trustedBy === 'flags' ? flagged : configured
      const proved = await provesIdentity({ lanyard, apiserver, trust, groups, person: ada })
      findings.hasCredentialId = proved.hasCredentialId
    }
  }

  it('is what runs, and takes the newest AuthenticationConfiguration that it knows', async () => {
    for (const { api } of [flagged, configured]) {
      const { body } = await api.ask('/version')
      assert.equal((body as { gitVersion: string }).gitVersion, `v${version}`)
    }
    const { authenticationConfiguration } = await showCluster(lanyard, 'configured')
    const { apiVersion } = parse(authenticationConfiguration) as { apiVersion: string }
    findings.apiVersion = apiVersion.split('/')[1] ?? ''
    const other = findings.apiVersion === 'v1' ? 'v1beta1' : 'v1'
    const inOther = authenticationConfiguration.replace(
      apiVersion,
      `apiserver.config.k8s.io/${other}`,
    )
    const starting = startApiserver({ etcd, line, authenticationConfig: inOther })
    if (other === 'v1') {
      await assert.rejects(starting, /no kind \\"AuthenticationConfiguration\\" is registered/)
    } else {
      await using apiserver = await starting
      assert.equal(
        (await apiserver.whoami((await clusterLogin(lanyard, ada, 'configured')).idToken)).status,
        201,
      )
    }
  })

  it('knows somebody whose token carries their groups', () => provesBoth('embedded'))

  it('refuses a token for another cluster', async () => {
    const { idToken: forFlagged } = await clusterLogin(lanyard, ada, 'flagged')
    const { idToken: forConfigured } = await clusterLogin(lanyard, ada, 'configured')
    assert.match(
      await refusalOf(configured, forFlagged),
      /expected audience "configured" got \["flagged"\]/,
    )
    // Lanyard signs each with an algorithm of its own: whichever the apiserver looks at first.
    assert.match(
      await refusalOf(flagged, forConfigured),
      /expected audience "flagged" got \["configured"\]|unsupported algorithm, expected \["RS256"\] got "ES256"/,
    )
  })

  it("refuses Kubernetes' own names, whatever the prefix makes of them", async () => {
    const { authenticationConfiguration } = await showCluster(lanyard, 'configured')
    const { idToken } = await clusterLogin(lanyard, ada, 'configured')
    const withPrefix = (claim: 'username' | 'groups'): string => {
      const file = parse(authenticationConfiguration) as {
        jwt: [{ claimMappings: Record<string, { prefix: string }> }]
      }
      Object.assign(file.jwt[0].claimMappings[claim] ?? {}, { prefix: 'system:' })
      return stringify(file)
    }
    await using astray = await startApiserver({
      ...{ etcd, line, authenticationConfig: withPrefix('username') },
    })
    assert.match(await refusalOf(astray, idToken), /username is reserved by Kubernetes/)
    await astray.restart({ authenticationConfig: withPrefix('groups') })
    assert.match(await refusalOf(astray, idToken), /a group is reserved by Kubernetes/)
  })

  describe('with live groups', () => {
    before(async () => {
      for (const { cluster } of TRUSTS) await setLiveGroups(lanyard, cluster)
      await Promise.all(TRUSTS.map(({ cluster }) => waitUntilWarm({ lanyard, cluster })))
    })

    it('asks Lanyard for them', async () => {
      await provesBoth('live')
      findings.liveGroups = true
    })

    it('gives kubectl what a group is bound to, by the binding that Lanyard prints', async () => {
      await configured.apply(podReader)
      await configured.apply(roleBinding({ groupName: 'platform', prefix: '', role: 'pod-reader' }))
      const { idToken: token } = await clusterLogin(lanyard, ada, 'configured')
      const kubectl = await configured.kubectlAs(await configured.writeKubeconfig('ada', { token }))
      await configured.waitForRbac({
        ...{ user: 'ada', groups: ['platform'], namespace: 'default' },
        ...{ verb: 'list', resource: 'pods' },
      })
      assert.deepEqual(await kubectl.run(['get', 'pods', '--namespace', 'default']), {
        code: 0,
        stdout: '',
        stderr: 'No resources found in default namespace.\n',
      })
      const refused = await kubectl.run(['get', 'secrets', '--namespace', 'default'])
      assert.equal(refused.code, 1)
      assert.match(refused.stderr, /\(Forbidden\): secrets is forbidden: User "ada" cannot list/)
    })

    it('lets people in by kubectl and the plugin, for both clusters by one login', async () => {
      await using plugin = await buildPlugin()
      await using terminal = await openTerminal(plugin, line)
      await using setup = await terminal.kubectl.start([
        ...['lanyard', 'setup', lanyard.issuer],
        ...['--certificate-authority', lanyard.server.tls?.caPath ?? ''],
      ])
      const person = new Person(lanyard)
      await walkThrough(person, await person.open(await terminal.openedUrl()), ada)
      assert.equal((await fetch(person.leftTo ?? '')).status, 200)
      await person.close()
      assert.equal((await setup.exit).code, 0, setup.stderr.text)
      for (const { cluster } of TRUSTS) {
        const args = ['--context', cluster, 'auth', 'whoami', '-o', 'jsonpath={.status.userInfo}']
        const { code, stdout, stderr } = await terminal.kubectl.run(args)
        assert.equal(code, 0, stderr)
        const { username, groups } = JSON.parse(stdout) as { username: string; groups: string[] }
        assert.deepEqual(
          { username, groups },
          { username: 'ada', groups: ['platform', 'viewers', 'system:authenticated'] },
        )
      }
    })

    async function measure(apiserver: Apiserver, cluster: string, total: number): Promise<void> {
      for (let left = total; left > 0; left -= RUNS_AT_ONCE) {
        const runs = Math.min(left, RUNS_AT_ONCE)
        const { revocations, bystander } = await measureRevocations({
          ...{ lanyard, apiserver, cluster, runs },
        })
        findings.revocations.push(...revocations)
        for (const { way, seconds } of revocations) {
          assert.ok(seconds <= PROMISED_SECONDS, `${way}: refused after ${seconds.toFixed(1)} s`)
        }
        assert.ok(bystander.asked > 50)
        assert.equal(bystander.refused, 0)
      }
    }

    describe('over time', { concurrency: true }, () => {
      it('refuses within ten seconds whoever lost access, by the flags, and nobody else', () =>
        measure(flagged, 'flagged', Math.ceil(RUNS / 2)))

      it('refuses nobody around starts and reloads', async () => {
        const here = { lanyard, apiserver: configured, cluster: 'configured', login }
        const { authenticationConfiguration } = await showCluster(lanyard, 'configured')
        const settle = (what: string, { asked, refused }: ColdStart): void => {
          assert.ok(asked > 3, what)
          assert.equal(
            refused,
            0,
            `${what}: ${refused} of ${asked}\n${refusalsIn(configured.log())}`,
          )
        }
        for (let round = 1; round <= ROUNDS; round += 1) {
          const started = await aroundStart(here)
          findings.starts.push(started)
          settle(`start ${round}`, started)
          const changed = `${authenticationConfiguration}# ${round}\n`
          const reloaded = await aroundReload(here, changed)
          findings.reloads.push(reloaded)
          settle(`reload ${round}`, reloaded)
        }
      })
    })

    it('refuses them by the configuration as well', () =>
      measure(configured, 'configured', Math.floor(RUNS / 2)))
  })
})

/** What an apiserver's log says of refusals, and of reloads among them: when, and why. */
function refusalsIn(log: string): string {
  const told = /reloaded authentication config|Unable to authenticate the request/
  return log
    .split('\n')
    .filter((each) => told.test(each))
    .join('\n')
}
