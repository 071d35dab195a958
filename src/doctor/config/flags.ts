import { ALL_SIGNING_ALGS } from '../apiserver/settings.ts'
import { advice, failed, ok, warning } from '../checks.ts'
import type { Finding, Fix } from '../finding.ts'
import {
  type Argument,
  type ArgumentList,
  addArguments,
  findArguments,
  removeArgument,
  setArgument,
} from './arguments.ts'
import { where } from './flag-writing.ts'
import { differenceOf, quoted, type Trust, tellLanyard } from './trust.ts'

const restart =
  'kube-apiserver reads flags when it starts: the kubelet restarts it when the file changes'

/** What the flags say, against what Lanyard's tokens for the cluster are. */
export function checkFlags(list: ArgumentList, trust: Trust): Finding[] {
  const issuer = last(list, 'oidc-issuer-url')
  if (issuer === undefined) return [nothingGiven(list, trust)]
  return [
    checkIssuer(list, issuer, trust),
    checkAudience(list, trust),
    checkUsername(list, trust),
    ...checkUsernamePrefix(list, trust),
    checkGroups(list, trust),
    ...checkGroupsPrefix(list, trust),
    checkAlgs(list, trust),
    ...checkRequired(list),
  ]
}

function last(list: ArgumentList, name: string): Argument | undefined {
  return findArguments(list, name).at(-1)
}

/** The edit that makes the flag say this: the present one changed, or a new one. */
function say(list: ArgumentList, name: string, value: string): readonly Fix[] {
  const present = last(list, name)
  const fix =
    present === undefined
      ? addArguments(list, [`--${name}=${value}`])
      : setArgument(list, present, value)
  return [fix ?? advice(`give kube-apiserver --${name}=${value}`)]
}

function nothingGiven(list: ArgumentList, { cluster }: Trust): Finding {
  const fix = addArguments(list, cluster.flags)
  return failed('config.issuer', `${list.source.file} tells kube-apiserver of no issuer`, {
    why: 'without --oidc-issuer-url or --authentication-config it knows nobody by a token',
    fixes: [fix ?? advice(`lanyard cluster config ${cluster.name} --for flags`)],
  })
}

function checkIssuer(list: ArgumentList, issuer: Argument, { issuer: { url } }: Trust): Finding {
  if (issuer.value === url) return ok('config.issuer', `--oidc-issuer-url is ${url}`)
  const written = issuer.value ?? ''
  return failed(
    'config.issuer',
    `--oidc-issuer-url is ${quoted(written)}, and the issuer is ${url}${differenceOf(written, url)}`,
    {
      seen: [where(list, issuer)],
      why: `tokens name their issuer byte for byte; ${restart}`,
      fixes: say(list, 'oidc-issuer-url', url),
    },
  )
}

function checkAudience(list: ArgumentList, { cluster: { audience, name } }: Trust): Finding {
  const given = last(list, 'oidc-client-id')
  if (given?.value === audience) return ok('config.audience', `--oidc-client-id is ${audience}`)
  const what =
    given === undefined
      ? '--oidc-client-id is missing'
      : `--oidc-client-id is "${given.value ?? ''}"`
  return failed('config.audience', `${what}, and tokens for "${name}" carry "${audience}"`, {
    seen: given === undefined ? [] : [where(list, given)],
    why: `every token is refused: expected audience; ${restart}`,
    fixes: say(list, 'oidc-client-id', audience),
  })
}

function checkUsername(list: ArgumentList, { cluster }: Trust): Finding {
  const given = last(list, 'oidc-username-claim')
  const claim = given?.value ?? 'sub'
  if (claim === 'preferred_username') {
    return ok('config.username', '--oidc-username-claim is preferred_username')
  }
  return failed('config.username', `the username is read from the claim "${claim}"`, {
    seen: given === undefined ? ['--oidc-username-claim is missing: sub'] : [where(list, given)],
    why: whyOtherClaim(claim, cluster),
    fixes: say(list, 'oidc-username-claim', 'preferred_username'),
  })
}

export function whyOtherClaim(claim: string, { people }: Trust['cluster']): string {
  if (claim === 'sub') return 'people get an opaque id for a name, and no binding by username holds'
  if (claim !== 'email') return `tokens have no username in "${claim}": it is preferred_username`
  const without = people.filter(({ email, emailVerified }) => email === null || !emailVerified)
  return `whoever has no verified address is refused: ${without.length} of ${people.length} people, ${without
    .slice(0, 3)
    .map(({ username }) => username)
    .join(', ')}`
}

/** As kube-apiserver makes it: without the flag the issuer's URL and `#`, but for the claim email; `-` is none. */
function effectivePrefix(list: ArgumentList): string {
  const given = last(list, 'oidc-username-prefix')?.value
  if (given === '-') return ''
  if (given !== undefined && given !== null && given !== '') return given
  const claim = last(list, 'oidc-username-claim')?.value ?? 'sub'
  return claim === 'email' ? '' : `${last(list, 'oidc-issuer-url')?.value ?? ''}#`
}

function checkUsernamePrefix(list: ArgumentList, trust: Trust): Finding[] {
  const { cluster } = trust
  const given = last(list, 'oidc-username-prefix')
  const prefix = effectivePrefix(list)
  if (prefix === cluster.usernamePrefix) return []
  const value = cluster.usernamePrefix === '' ? '-' : cluster.usernamePrefix
  return [
    failed(
      'config.prefix',
      `kube-apiserver puts ${quoted(prefix)} before usernames, and Lanyard thinks ${quoted(cluster.usernamePrefix)}`,
      {
        seen: [given === undefined ? '--oidc-username-prefix is missing' : where(list, given)],
        why: 'bindings of people name somebody else: Forbidden',
        fixes: [
          ...say(list, 'oidc-username-prefix', value),
          ...tellLanyard(trust, '--username-prefix', prefix),
        ],
      },
    ),
  ]
}

function checkGroups(list: ArgumentList, { cluster }: Trust): Finding {
  const given = last(list, 'oidc-groups-claim')
  if (given?.value === 'groups') return ok('config.groups', '--oidc-groups-claim is groups')
  const summary =
    given === undefined
      ? '--oidc-groups-claim is missing: nobody has a group'
      : `the groups are read from the claim "${given.value ?? ''}", which tokens do not have`
  return failed('config.groups', summary, {
    seen: given === undefined ? [] : [where(list, given)],
    why: cluster.liveGroups
      ? 'kube-apiserver never asks for the live groups: every binding of a group is void'
      : 'every binding of a group is void: Forbidden',
    fixes: say(list, 'oidc-groups-claim', 'groups'),
  })
}

function checkGroupsPrefix(list: ArgumentList, trust: Trust): Finding[] {
  const { cluster } = trust
  const given = last(list, 'oidc-groups-prefix')
  const prefix = given?.value ?? ''
  if (prefix === cluster.groupsPrefix) return []
  const drop = given === undefined ? null : removeArgument(list, given)
  const fixes =
    cluster.groupsPrefix === '' && drop !== null
      ? [drop]
      : say(list, 'oidc-groups-prefix', cluster.groupsPrefix)
  return [
    failed(
      'config.prefix',
      `kube-apiserver puts ${quoted(prefix)} before groups, and Lanyard thinks ${quoted(cluster.groupsPrefix)}`,
      {
        seen: [given === undefined ? '--oidc-groups-prefix is missing' : where(list, given)],
        why: 'bindings of groups name groups that nobody has: Forbidden',
        fixes: [...fixes, ...tellLanyard(trust, '--groups-prefix', prefix)],
      },
    ),
  ]
}

function checkAlgs(list: ArgumentList, { cluster: { signingAlg, name } }: Trust): Finding {
  const given = last(list, 'oidc-signing-algs')
  const algs = (given?.value ?? 'RS256').split(',').map((alg) => alg.trim())
  const unknown = algs.filter((alg) => !ALL_SIGNING_ALGS.includes(alg))
  const taken = algs.filter((alg) => ALL_SIGNING_ALGS.includes(alg))
  if (unknown.length === 0 && algs.includes(signingAlg)) {
    return ok('config.algorithm', `${signingAlg} is taken`)
  }
  const right = [...new Set([...taken, signingAlg])].join(',')
  const fixes = say(list, 'oidc-signing-algs', right)
  const seen = [given === undefined ? '--oidc-signing-algs is missing: RS256' : where(list, given)]
  if (unknown.length > 0) {
    return failed('config.algorithm', `kube-apiserver knows no algorithm ${unknown.join(', ')}`, {
      seen,
      why: 'it does not start: unsupported signing alg',
      fixes,
    })
  }
  const summary = `kube-apiserver takes ${algs.join(', ')} alone, and tokens for "${name}" are signed with ${signingAlg}`
  return failed('config.algorithm', summary, {
    seen,
    why: 'every token is refused: signed with unsupported algorithm',
    fixes: [...fixes, advice(`or: lanyard cluster set ${name} --signing-alg RS256`)],
  })
}

function checkRequired(list: ArgumentList): Finding[] {
  const all = findArguments(list, 'oidc-required-claim')
  const found = all.flatMap((argument): Finding[] => {
    const [claim = '', value] = (argument.value ?? '').split('=')
    if (claim === 'token_use' && value === 'kube') return []
    const summary = `--oidc-required-claim wants ${claim} to be "${value ?? ''}", which no token says`
    const fix =
      claim === 'token_use'
        ? setArgument(list, argument, 'token_use=kube')
        : removeArgument(list, argument)
    return [
      failed('config.rules', summary, {
        seen: [where(list, argument)],
        why: 'every token is refused: required claim',
        fixes: fix === null ? [] : [fix],
      }),
    ]
  })
  if (all.some(({ value }) => value?.startsWith('token_use=') === true)) return found
  return [
    ...found,
    warning('config.rules', '--oidc-required-claim=token_use=kube is missing', {
      why: 'a token that was made for something else is taken too, if its audience fits',
      fixes: say(list, 'oidc-required-claim', 'token_use=kube').slice(0, all.length === 0 ? 1 : 0),
    }),
  ]
}
