import { isScalar } from 'yaml'
import { advice, failed, ok } from '../checks.ts'
import type { Finding } from '../finding.ts'
import { at, type Entry, fixesOf, seen } from './entry-parts.ts'
import { whyOtherClaim } from './flags.ts'
import { mapAt, nodeAt, setKey, textAt } from './nodes.ts'
import { printedEntry, quoted, tellLanyard } from './trust.ts'

export function checkUsername(entry: Entry): Finding[] {
  const { source, trust } = entry
  const path = at(entry, 'claimMappings', 'username')
  const map = mapAt(source, path)
  const claim = textAt(source, [...path, 'claim'])
  if (map === undefined) return [missingMapping(entry, 'username')]
  // What an expression makes of a token, only the replay can tell.
  if (claim === undefined) return []
  const found: Finding[] = []
  if (claim === 'preferred_username') {
    found.push(ok('config.username', 'the username is read from preferred_username'))
  } else {
    const summary = `the username is read from the claim "${claim}"`
    found.push(
      failed('config.username', summary, {
        seen: seen(entry, [...path, 'claim']),
        why: whyOtherClaim(claim, trust.cluster),
        fixes: fixesOf(setKey(source, map, 'claim', 'preferred_username')),
      }),
    )
  }
  return [...found, ...checkPrefix(entry, 'username', trust.cluster.usernamePrefix)]
}

export function checkGroups(entry: Entry): Finding[] {
  const { source, trust } = entry
  const { liveGroups, groupsPrefix } = trust.cluster
  const path = at(entry, 'claimMappings', 'groups')
  const map = mapAt(source, path)
  if (map === undefined) return [missingMapping(entry, 'groups')]
  const claim = textAt(source, [...path, 'claim'])
  const parent = mapAt(source, at(entry, 'claimMappings'))
  const whole = fixesOf(
    parent === undefined
      ? null
      : setKey(source, parent, 'groups', { claim: 'groups', prefix: groupsPrefix }),
  )
  if (claim === undefined) {
    if (!liveGroups) return []
    return [
      failed(
        'config.groups',
        'the groups are mapped by an expression, and the cluster has live groups',
        {
          seen: seen(entry, [...path, 'expression']),
          why: 'kube-apiserver asks for live groups for a claim alone; with an expression nobody has any, and its log is silent',
          fixes: [
            ...whole,
            advice(
              `or let tokens carry them: lanyard cluster set ${trust.cluster.name} --groups embedded`,
            ),
          ],
        },
      ),
    ]
  }
  const found =
    claim === 'groups'
      ? ok('config.groups', 'the groups are read from groups')
      : failed(
          'config.groups',
          `the groups are read from the claim "${claim}", which tokens do not have`,
          {
            seen: seen(entry, [...path, 'claim']),
            why: 'nobody has a group, and every binding of one is void: Forbidden',
            fixes: fixesOf(setKey(source, map, 'claim', 'groups')),
          },
        )
  return [found, ...checkPrefix(entry, 'groups', groupsPrefix)]
}

function missingMapping(entry: Entry, which: 'username' | 'groups'): Finding {
  const { source, trust } = entry
  const printed = Object(printedEntry(trust)['claimMappings']) as Record<string, unknown>
  const mappings = mapAt(source, at(entry, 'claimMappings'))
  const map = mapAt(source, at(entry))
  const fix =
    mappings === undefined
      ? map === undefined
        ? null
        : setKey(source, map, 'claimMappings', printed)
      : setKey(source, mappings, which, printed[which])
  return which === 'groups'
    ? failed('config.groups', 'claimMappings.groups is missing: nobody has a group', {
        why: 'every binding of a group is void: Forbidden. Live groups are never asked for',
        fixes: fixesOf(fix),
      })
    : failed('config.username', 'claimMappings.username is missing', {
        why: 'kube-apiserver does not start: claimMappings.username: Required value',
        fixes: fixesOf(fix),
      })
}

function checkPrefix(entry: Entry, which: 'username' | 'groups', right: string): Finding[] {
  const { source, trust } = entry
  const path = at(entry, 'claimMappings', which)
  const map = mapAt(source, path)
  if (map === undefined) return []
  const node = nodeAt(source, [...path, 'prefix'])
  const fixes = fixesOf(setKey(source, map, 'prefix', right))
  if (!isScalar(node)) {
    return [
      failed('config.prefix', `claimMappings.${which}.prefix is missing`, {
        seen: seen(entry, path),
        why: 'kube-apiserver does not start: prefix is required when claim is set. It can be set to an empty string',
        fixes,
      }),
    ]
  }
  const written = textAt(source, [...path, 'prefix']) ?? ''
  if (written === right) return []
  const option = which === 'username' ? '--username-prefix' : '--groups-prefix'
  return [
    failed(
      'config.prefix',
      `kube-apiserver puts ${quoted(written)} before ${which === 'username' ? 'usernames' : 'groups'}, and Lanyard thinks ${quoted(right)}`,
      {
        seen: seen(entry, [...path, 'prefix']),
        why: 'the bindings that Lanyard prints are for names that nobody has there: Forbidden',
        fixes: [...fixes, ...tellLanyard(trust, option, written)],
      },
    ),
  ]
}
