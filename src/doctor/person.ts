import { advice, command, failed, ok, shellWord, warning } from './checks.ts'
import type { Finding } from './finding.ts'
import type { ClusterFacts, PersonFacts, PersonQuestion } from './subject.ts'

/** Bytes of a token beside its groups: header, signature and the other claims, rounded up. */
const FRAME_BYTES = 1_100
/** nginx and most balancers take no header beyond 8 KiB; the name of the header and other headers need some of it. */
const HEADER_BYTES = 8_000

/** Whether this person gets a token for the cluster, and whether Lanyard is what keeps them out. */
export function checkPerson(
  cluster: ClusterFacts,
  { username, person, similar, mayEnter }: PersonQuestion,
): Finding[] {
  if (person === null) {
    const [near] = similar
    return [
      failed('person.exists', `nobody is called "${username}"`, {
        why: 'usernames are compared in lower case, and deleted ones do not come back',
        fixes: [advice(near === undefined ? 'lanyard user list' : `did you mean ${near}?`)],
      }),
    ]
  }
  return [...checkActive(person), checkEntry(cluster, person, mayEnter)]
}

function checkActive({ username, status, hasPassword, mustChangePassword }: PersonFacts) {
  if (status === 'disabled') {
    return [
      failed('person.active', `user "${username}" is disabled`, {
        why: 'no token is made for them',
        fixes: [command(`lanyard user enable ${shellWord(username)}`)],
      }),
    ]
  }
  if (!hasPassword) {
    return [
      failed('person.active', `user "${username}" has no password`, {
        why: 'there is nothing that they could sign in with',
        fixes: [advice(`lanyard user password ${shellWord(username)}`)],
      }),
    ]
  }
  if (mustChangePassword) {
    return [
      failed('person.active', `user "${username}" must choose a password of their own first`, {
        why: 'until then no token is made for them',
        fixes: [advice('let them sign in once in a browser: the page asks for it')],
      }),
    ]
  }
  return [ok('person.active', `user "${username}" is active`)]
}

function checkEntry(
  cluster: ClusterFacts,
  { username, groups }: PersonFacts,
  mayEnter: boolean,
): Finding {
  const { name, everyone } = cluster
  if (everyone) return ok('person.entry', `everybody may enter "${name}"`)
  const through = cluster.groups.filter((group) => groups.includes(group))
  if (mayEnter) {
    return ok('person.entry', `${username} may enter "${name}" as one of ${through.join(', ')}`)
  }
  const why = 'Lanyard gives them no token for this cluster'
  const [allowed] = cluster.groups
  const [own] = groups
  if (allowed !== undefined) {
    return failed(
      'person.entry',
      `${username} is in none of the groups that may enter "${name}": ${cluster.groups.join(', ')}`,
      {
        ...{ why, seen: [`groups of ${username}: ${groups.join(', ') || 'none'}`] },
        fixes: [command(`lanyard group member add ${shellWord(allowed)} ${shellWord(username)}`)],
      },
    )
  }
  const fresh = `${name}-users`
  return failed('person.entry', `no group may enter "${name}", so ${username} may not`, {
    ...{ why, seen: [`groups of ${username}: ${groups.join(', ') || 'none'}`] },
    fixes:
      own === undefined
        ? [
            command(`lanyard group add ${shellWord(fresh)}`),
            command(`lanyard group member add ${shellWord(fresh)} ${shellWord(username)}`),
            command(`lanyard cluster allow ${shellWord(name)} ${shellWord(fresh)}`),
          ]
        : [command(`lanyard cluster allow ${shellWord(name)} ${shellWord(own)}`)],
  })
}

/** Whether anybody may enter at all. */
export function checkPolicy({ name, everyone, groups, people }: ClusterFacts): Finding {
  const why = 'Lanyard gives nobody a token for it'
  if (!everyone && groups.length === 0) {
    return failed('cluster.policy', `no group may enter cluster "${name}"`, {
      ...{ why, fixes: [advice(`lanyard cluster allow ${shellWord(name)} GROUP`)] },
    })
  }
  if (people.length === 0) {
    const [group = ''] = groups
    return failed('cluster.policy', `nobody is in a group that may enter cluster "${name}"`, {
      seen: [`may enter: ${everyone ? 'everybody' : groups.join(', ')}`],
      why,
      fixes: [advice(`lanyard group member add ${shellWord(group)} USERNAME`)],
    })
  }
  const who = everyone ? 'everybody' : groups.join(', ')
  return ok(
    'cluster.policy',
    `${who} may enter "${name}": ${people.length === 1 ? '1 person' : `${people.length} people`}`,
  )
}

/** An estimate of the largest token, against what servers on the way take. */
export function checkTokenSize(cluster: ClusterFacts, maxTokenBytes: number): Finding {
  const { name, liveGroups, people } = cluster
  const sized = people.map((person) => ({
    person,
    bytes: FRAME_BYTES + (liveGroups ? 400 : Math.ceil((jsonBytes(person.groups) * 4) / 3)),
  }))
  const largest = sized.toSorted((a, b) => b.bytes - a.bytes)[0]
  if (largest === undefined) return ok('token.size', 'nobody has a token yet')
  const { username, groups } = largest.person
  const about = `the token of ${username} with ${groups.length} groups is about ${largest.bytes} bytes`
  const fixes = [command(`lanyard cluster set ${shellWord(name)} --groups live`)]
  if (largest.bytes > maxTokenBytes) {
    return failed('token.size', `${about}, over the limit of ${maxTokenBytes}`, {
      why: 'Lanyard refuses to issue it: they cannot log in. Live groups do not travel in the token',
      fixes,
    })
  }
  if (largest.bytes > HEADER_BYTES) {
    return warning('token.size', `${about}, and many proxies take headers of 8 KiB alone`, {
      why: 'behind such a proxy their requests fail with 400, 413 or 431, whatever kube-apiserver thinks. Live groups do not travel in the token',
      fixes,
    })
  }
  return ok('token.size', `tokens are at most about ${largest.bytes} bytes`)
}

function jsonBytes(groups: readonly string[]): number {
  return Buffer.byteLength(JSON.stringify(groups))
}

export function checkLifetime(seconds: number, clusters: readonly ClusterFacts[]): Finding {
  const embedded = clusters.filter(({ liveGroups }) => !liveGroups)
  if (seconds < 120) {
    return warning('token.lifetime', `ID tokens live ${seconds} seconds`, {
      why: 'kubectl asks for a new one at nearly every command, and clocks must agree to the second',
      fixes: [advice('lifetimes.idToken: 10m in lanyard.yaml, then start the server again')],
    })
  }
  if (seconds > 3600 && embedded.length > 0) {
    return warning('token.lifetime', `ID tokens live ${Math.round(seconds / 60)} minutes`, {
      why: `so long does somebody who was put out keep access to ${embedded.map(({ name }) => name).join(', ')}`,
      fixes: [advice('lifetimes.idToken: 10m in lanyard.yaml, or live groups for the cluster')],
    })
  }
  return ok('token.lifetime', `ID tokens live ${Math.round(seconds / 60)} minutes`)
}
