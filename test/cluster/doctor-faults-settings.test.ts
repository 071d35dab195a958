/** Faults in Lanyard's own settings, in names, groups and policy, in what people's kubeconfigs get, and in the cluster's bindings. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { parse, stringify } from 'yaml'
import type { Finding } from '../../src/doctor/index.ts'
import { roleBinding } from '../../src/kubernetes/index.ts'
import { showCluster } from '../support/end-to-end.ts'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import type { Credentials } from '../support/logins.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { type Apiserver, skipWithoutCluster, startApiserver, startEtcd } from './control-plane.ts'
import {
  askDoctor,
  type Desk,
  failures,
  followDoctor,
  furnishDesk,
  getPods,
  letViewersView,
  tokenOf,
  untilPods,
} from './doctor-faults.ts'

const skip = await skipWithoutCluster('that the doctor finds and mends faults in settings')

/** A cluster, its group and somebody in it, all well until `breakIt`. */
interface Place {
  readonly lanyard: Lanyard
  readonly apiserver: Apiserver
  readonly cluster: string
  readonly group: string
  readonly username: string
}

interface Seed {
  readonly name: string
  readonly breakIt: (place: Place) => Promise<unknown>
  /** What the first line is about. */
  readonly check: string
  readonly cause: (place: Place) => string | RegExp
  /** The binding that an admin made; the right one unless told. */
  readonly bind?: (place: Place) => string | null
}

const clustersOf = ({ lanyard }: Place) => lanyard.server.rooms.clusters
const peopleOf = ({ lanyard }: Place) => lanyard.server.rooms.directory
const rightBinding = ({ group }: Place) =>
  roleBinding({ groupName: group, prefix: '', role: 'view' })
const nothing = () => Promise.resolve()

const seeds: readonly Seed[] = [
  {
    name: 'no group may enter',
    breakIt: (place) => clustersOf(place).disallow(place.cluster, place.group, byTest),
    check: 'person.entry',
    cause: ({ cluster, username }) => `no group may enter "${cluster}", so ${username} may not`,
  },
  {
    name: 'the person is in none of the groups',
    breakIt: (place) =>
      peopleOf(place).groups.removeMember(place.group, { user: place.username }, byTest),
    check: 'person.entry',
    cause: ({ username, cluster, group }) =>
      `${username} is in none of the groups that may enter "${cluster}": ${group}`,
  },
  {
    name: 'the person is in another group than the one that may enter',
    async breakIt(place) {
      const other = `${place.group}-friends`
      await peopleOf(place).groups.add({ name: other }, byTest)
      await peopleOf(place).groups.addMember(other, { user: place.username }, byTest)
      await peopleOf(place).groups.removeMember(place.group, { user: place.username }, byTest)
    },
    check: 'person.entry',
    cause: ({ username, cluster, group }) =>
      `${username} is in none of the groups that may enter "${cluster}": ${group}`,
  },
  {
    name: 'the person is disabled',
    breakIt: (place) => peopleOf(place).users.disable(place.username, byTest),
    check: 'person.active',
    cause: ({ username }) => `user "${username}" is disabled`,
  },
  {
    name: 'the address of the API has another port',
    breakIt: (place) =>
      clustersOf(place).change(place.cluster, { server: 'https://127.0.0.1:1' }, byTest),
    check: 'cluster.reachable',
    cause: ({ cluster }) =>
      `the API of cluster "${cluster}" cannot be reached: nothing listens at 127.0.0.1:1`,
  },
  {
    name: 'the address of the API does not resolve',
    breakIt: (place) =>
      clustersOf(place).change(place.cluster, { server: 'https://api.invalid:6443' }, byTest),
    check: 'cluster.reachable',
    cause: ({ cluster }) =>
      `the API of cluster "${cluster}" cannot be reached: its name api.invalid does not resolve here`,
  },
  {
    name: 'the address of the API is that of something else',
    breakIt: (place) =>
      clustersOf(place).change(place.cluster, { server: place.lanyard.issuer }, byTest),
    check: 'cluster.certificate',
    cause: ({ cluster, lanyard }) =>
      new RegExp(`^what answers at ${lanyard.issuer} is not the API of cluster "${cluster}": `),
  },
  {
    name: 'the CA of the API is another',
    breakIt: (place) =>
      clustersOf(place).change(place.cluster, { certificateAuthority: place.lanyard.ca }, byTest),
    check: 'cluster.certificate',
    cause: () => /^the CA that people's kubeconfigs get for cluster ".*" is not that of its API: /,
  },
  {
    name: 'people get no CA for the API',
    breakIt: (place) =>
      clustersOf(place).change(place.cluster, { certificateAuthority: null }, byTest),
    check: 'cluster.certificate',
    cause: () => /^people's kubeconfigs get no CA for cluster ".*", and the system does not trust/,
  },
  {
    name: 'nothing is bound',
    breakIt: nothing,
    bind: () => null,
    check: 'rbac.binding',
    cause: ({ username }) => `no binding in the cluster names a group of ${username}`,
  },
  {
    name: 'the binding has a prefix that the apiserver does not put',
    breakIt: nothing,
    bind: ({ group }) => roleBinding({ groupName: group, prefix: 'oidc:', role: 'view' }),
    check: 'rbac.binding',
    cause: ({ group }) =>
      new RegExp(`names "oidc:${group}", and kube-apiserver sees the group "${group}"$`),
  },
  {
    name: 'the binding has the group in capitals',
    breakIt: nothing,
    bind: (place) =>
      rightBinding(place).replace(
        new RegExp(`name: ${place.group}$`, 'm'),
        `name: ${place.group.toUpperCase()}`,
      ),
    check: 'rbac.binding',
    cause: ({ group }) =>
      new RegExp(`names "${group.toUpperCase()}", and kube-apiserver sees the group "${group}"$`),
  },
  {
    name: 'the binding names a user instead of a group',
    breakIt: nothing,
    bind: (place) => rightBinding(place).replace('kind: Group', 'kind: User'),
    check: 'rbac.binding',
    cause: ({ group }) => new RegExp(`names a User "${group}", and kube-apiserver sees the group`),
  },
  {
    name: 'Lanyard thinks of a groups prefix that the apiserver does not put',
    breakIt: (place) => clustersOf(place).change(place.cluster, { groupsPrefix: 'corp:' }, byTest),
    bind: ({ group }) => roleBinding({ groupName: group, prefix: 'corp:', role: 'view' }),
    check: 'cluster.prefix',
    cause: ({ cluster }) =>
      `the apiserver of "${cluster}" puts nothing before groups, and Lanyard thinks "corp:"`,
  },
  {
    name: 'a token with so many groups is not issued',
    async breakIt(place) {
      for (let index = 0; index < 150; index += 1) {
        const name = `${place.group}-${index}-${'x'.repeat(90)}`
        await peopleOf(place).groups.add({ name }, byTest)
        await peopleOf(place).groups.addMember(name, { user: place.username }, byTest)
      }
    },
    check: 'token.size',
    cause: ({ username }) =>
      new RegExp(
        `^the token of ${username} with 151 groups is about \\d+ bytes, over the limit of 16384$`,
      ),
  },
]

describe('the doctor and faults in settings', { skip }, () => {
  const owned = new AsyncDisposableStack()
  let desk: Desk
  let apiserver: Apiserver
  const places = new Map<Seed, Place & { readonly credentials: Credentials }>()

  before(async () => {
    const [lanyard, etcd, directory] = await Promise.all([
      startLanyard(),
      startEtcd(),
      temporaryDirectory(),
    ])
    for (const each of [lanyard, etcd, directory]) owned.use(each)
    desk = { lanyard, directory: directory.path }
    await furnishDesk(desk.directory)
    await lanyard.addCluster('model')
    const shown = await showCluster(lanyard, 'model')
    const configuration = parse(shown.authenticationConfiguration) as { jwt: [{ issuer: object }] }
    Object.assign(configuration.jwt[0].issuer, {
      audiences: seeds.map((_, index) => `c${index}`),
      audienceMatchPolicy: 'MatchAny',
    })
    apiserver = owned.use(
      await startApiserver({ etcd, authenticationConfig: stringify(configuration) }),
    )
    await letViewersView(apiserver)
    for (const [index, seed] of seeds.entries()) {
      const [cluster, group, username] = [`c${index}`, `g${index}`, `user${index}`]
      const credentials = await lanyard.addUser(username, [group])
      await lanyard.addCluster(cluster, {
        ...{ groups: [group], server: apiserver.url },
        certificateAuthority: apiserver.certificateAuthority.certificate,
      })
      const place = { lanyard, apiserver, cluster, group, username, credentials }
      places.set(seed, place)
    }
  })
  after(() => owned.disposeAsync())

  for (const seed of seeds) {
    it(`finds and mends: ${seed.name}`, async () => {
      const place = places.get(seed)
      assert.ok(place)
      const { cluster, username, credentials } = place
      const binding = (seed.bind ?? rightBinding)(place)
      if (binding !== null) await apiserver.apply(binding)
      await seed.breakIt(place)
      await place.lanyard.server.issuer.refresh()
      const isMine = (finding: Finding): boolean => !finding.check.startsWith('issuer.')
      const ask = async () => {
        const token = await tokenOf(desk, credentials, cluster)
        return token === null
          ? { code: 1, stdout: '', stderr: 'no token is given' }
          : getPods(desk, cluster, token)
      }
      assert.notEqual((await ask()).code, 0, 'it is broken')

      const argv = [cluster, '--kubeconfig', apiserver.adminKubeconfig, '--user', username]
      const [first] = await followDoctor(desk, argv, isMine)
      assert.equal(first?.check, seed.check, first?.summary)
      const cause = seed.cause(place)
      if (typeof cause === 'string') assert.equal(first.summary, cause)
      else assert.match(first.summary, cause)
      assert.notEqual(first.why, '')
      await untilPods(seed.name, ask)
    })
  }

  it('counts its seeds', () => {
    assert.equal(seeds.length, 15)
  })

  it('says that all is well where it is', async () => {
    const [seed] = seeds
    assert.ok(seed)
    const findings = await askDoctor(desk, ['c3', '--kubeconfig', apiserver.adminKubeconfig])
    assert.deepEqual(failures(findings), [])
  })
})
