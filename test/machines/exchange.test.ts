import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { byTest, type Lanyard, startLanyard } from '../support/lanyard.ts'
import { payloadOf } from '../support/logins.ts'
import { addRule, glob, ID_TOKEN_TYPE, machineExchange, pin } from './at-the-door.ts'
import { buildkiteClaims, githubClaims, gitlabClaims } from './claim-sets.ts'
import { type StandInIssuer, startStandInIssuer } from './stand-in-issuer.ts'

describe('a machine’s token for a cluster', () => {
  const owned = new AsyncDisposableStack()
  let lanyard: Lanyard
  let github: StandInIssuer
  let gitlab: StandInIssuer
  let buildkite: StandInIssuer

  before(async () => {
    lanyard = owned.use(await startLanyard())
    await lanyard.addCluster('prod', { groups: ['deployers'] })
    await lanyard.addCluster('live', { groups: [], liveGroups: true, signingAlg: 'ES256' })
    ;[github, gitlab, buildkite] = await Promise.all([
      startStandInIssuer(),
      startStandInIssuer(),
      startStandInIssuer('/own/path'),
    ])
    const { machines } = lanyard.server.rooms
    for (const [kind, issuer] of [
      ['github', github],
      ['gitlab', gitlab],
      ['buildkite', buildkite],
    ] as const) {
      owned.use(issuer)
      await machines.issuers.add(
        { name: kind, kind, issuer: issuer.url, certificateAuthority: issuer.ca },
        byTest,
      )
    }
    await addRule(lanyard, {
      ...{ name: 'deploy', issuer: 'github', username: 'machine:ci/octo-repo' },
      pins: [pin('repository', 'octo-org/octo-repo'), pin('environment', 'prod')],
      ...{ groups: ['deployers'], clusters: ['prod', 'live'] },
    })
    await addRule(lanyard, {
      ...{ name: 'shop', issuer: 'gitlab', username: 'machine:ci/my-project', lifetime: 3_600 },
      pins: [pin('project_path', 'my-group/my-project'), glob('ref_path', 'refs/heads/*')],
      ...{ groups: ['deployers'], clusters: ['prod', 'live'] },
    })
    await addRule(lanyard, {
      ...{ name: 'pipeline', issuer: 'buildkite', username: 'machine:ci/app', lifetime: 60 },
      pins: [pin('organization_slug', 'acme-inc'), pin('build_number', 1)],
      ...{ clusters: ['prod'] },
    })
  })
  after(() => owned.disposeAsync())

  it('has the claims that people’s have, by GitHub’s documented claim set', async () => {
    const claims = githubClaims({ iss: github.url, aud: lanyard.issuer })
    const { status, body } = await machineExchange(lanyard, await github.sign(claims), 'prod')
    assert.equal(status, 200, JSON.stringify(body))
    const { access_token: token, ...rest } = body
    assert.deepEqual(rest, {
      issued_token_type: ID_TOKEN_TYPE,
      token_type: 'N_A',
      expires_in: 600,
    })
    const jwks = JSON.parse(String(lanyard.server.issuer.documents('/jwks')?.body)) as Parameters<
      typeof createLocalJWKSet
    >[0]
    const { payload, protectedHeader } = await jwtVerify(String(token), createLocalJWKSet(jwks), {
      issuer: lanyard.issuer,
      audience: 'prod',
    })
    assert.equal(protectedHeader.alg, 'RS256')
    const rule = await lanyard.server.rooms.machines.rules.get('deploy')
    assert.match(String(payload.jti), /^m-[a-z2-7]{16}\.[\w-]{16}$/)
    assert.ok(String(payload.jti).startsWith(`${rule.id}.`))
    const { jti, iat = 0, exp, ...said } = payload
    assert.equal(exp, iat + 600)
    assert.deepEqual(said, {
      iss: lanyard.issuer,
      sub: rule.id,
      aud: 'prod',
      auth_time: claims['iat'],
      sid: rule.id,
      amr: ['machine'],
      acr: '0',
      token_use: 'kube',
      preferred_username: 'machine:ci/octo-repo',
      name: 'deploy',
      groups: ['deployers'],
    })
    const [event] = await lanyard.server.rooms.audit.list({ types: ['machine.entered'] })
    assert.deepEqual(
      [event?.actor.kind, event?.target, event?.clientId, event?.detail],
      [
        'visitor',
        { kind: 'machine', id: rule.id, name: 'machine:ci/octo-repo' },
        'prod',
        {
          ...{ cluster: 'prod', rule: 'deploy', issuer: 'github', jti },
          subject: 'repo:octo-org/octo-repo:environment:prod',
        },
      ],
    )
  })

  it('embeds its groups where people’s are asked live', async () => {
    const token = await github.sign(githubClaims({ iss: github.url, aud: lanyard.issuer }))
    const { body } = await machineExchange(lanyard, token, 'live')
    const claims = payloadOf(String(body['access_token']))
    assert.deepEqual(
      [claims['groups'], claims['_claim_names'], claims['_claim_sources']],
      [['deployers'], undefined, undefined],
    )
  })

  it('comes again for GitLab’s token, which stands still, and ends no later than it', async () => {
    const end = Math.floor(Date.now() / 1000) + 200
    const claims = gitlabClaims({ iss: gitlab.url, aud: [lanyard.issuer] }, { exp: end })
    const token = await gitlab.sign(claims)
    for (const audience of ['prod', 'prod', 'live']) {
      const { status, body } = await machineExchange(lanyard, token, audience)
      assert.equal(status, 200, JSON.stringify(body))
      assert.equal(payloadOf(String(body['access_token']))['exp'], end)
    }
    const events = await lanyard.server.rooms.audit.list({ types: ['machine.entered'] })
    const entries = events.filter(({ detail }) => detail['rule'] === 'shop')
    assert.deepEqual(new Set(entries.map(({ clientId }) => clientId)), new Set(['live', 'prod']))
  })

  it('takes a number of Buildkite’s for a number, and the other name of a JWT', async () => {
    const claims = buildkiteClaims({ iss: buildkite.url, aud: lanyard.issuer })
    const token = await buildkite.sign(claims)
    const { status, body } = await machineExchange(lanyard, token, 'prod', {
      subject_token_type: ID_TOKEN_TYPE,
      client_id: 'lanyard-machine',
    })
    assert.equal(status, 200, JSON.stringify(body))
    assert.equal(body['expires_in'], 60)
    assert.deepEqual(payloadOf(String(body['access_token']))['groups'], [])
  })

  it('is signed once by 20 that bring one token at once', async () => {
    const token = await github.sign(githubClaims({ iss: github.url, aud: lanyard.issuer }))
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => machineExchange(lanyard, token, 'prod')),
    )
    const statuses = answers.map(({ status }) => status).sort((a, b) => a - b)
    assert.deepEqual(statuses, [200, ...new Array<number>(19).fill(400)])
    const refused = answers.find(({ status }) => status === 400)
    assert.deepEqual(
      [refused?.body['error'], refused?.body['error_description']],
      ['invalid_grant', 'the token was exchanged before: ask for another'],
    )
  })

  it('is to gateways who its rule says now, until it says otherwise', async () => {
    const { machines } = lanyard.server.rooms
    const { issuer } = lanyard.server
    const subject = await github.sign(githubClaims({ iss: github.url, aud: lanyard.issuer }))
    const { body } = await machineExchange(lanyard, subject, 'prod')
    const token = String(body['access_token'])
    const review = () => issuer.reviewIdToken({ token, audience: 'prod', validAt: Date.now() })
    const { id } = await machines.rules.get('deploy')
    const { jti, exp } = payloadOf(token)
    assert.deepEqual(await review(), {
      ...{ kind: 'authenticated', username: 'machine:ci/octo-repo', uid: id },
      ...{ groups: ['deployers'], jti, expiresAt: Number(exp) * 1000 },
    })
    await machines.rules.setEnabled('deploy', false, byTest)
    const sentence = 'machine rule "deploy" is disabled'
    assert.deepEqual(await review(), { kind: 'refused', sentence })
    await machines.rules.setEnabled('deploy', true, byTest)
  })

  it('is reviewed by the rule as it is now', async () => {
    const { machines } = lanyard.server.rooms
    const { id } = await machines.rules.get('pipeline')
    const before = await machines.review(id, 'prod')
    assert.ok(before.kind === 'admitted')
    assert.equal(before.admission.username, 'machine:ci/app')
    await machines.rules.setEnabled('pipeline', false, byTest)
    const disabled = await machines.review(id, 'prod')
    assert.ok(disabled.kind === 'refused')
    assert.equal(disabled.reason, 'rule_disabled')
    const elsewhere = await machines.review(id, 'live')
    assert.equal(elsewhere.kind, 'refused')
  })

  it('follows a group that was renamed, and loses one that was deleted', async () => {
    const { directory, machines } = lanyard.server.rooms
    await directory.groups.add({ name: 'passing' }, byTest)
    const { id } = await addRule(lanyard, {
      ...{ name: 'passing', issuer: 'github', username: 'machine:passing' },
      pins: [pin('repository', 'a/b')],
      ...{ groups: ['passing', 'deployers'], clusters: ['prod'] },
    })
    await directory.groups.delete('passing', byTest)
    const decision = await machines.review(id, 'prod')
    assert.ok(decision.kind === 'admitted')
    assert.deepEqual(decision.admission.groups, ['deployers'])
  })
})
