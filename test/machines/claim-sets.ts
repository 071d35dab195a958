/**
 * Claim sets as their issuers document them, with the times and the audience left to the test. GitHub: "OpenID Connect
 * reference", GitLab: "ID token payload", Buildkite: "OIDC claims".
 */
import { randomUUID } from 'node:crypto'
import type { Claims } from './stand-in-issuer.ts'

interface Frame {
  readonly iss: string
  readonly aud: string | readonly string[]
}

const at = () => Math.floor(Date.now() / 1000)

/** A workflow run on main of a private repository, in an environment. */
export function githubClaims({ iss, aud }: Frame, change: Claims = {}): Claims {
  return {
    jti: randomUUID(),
    sub: 'repo:octo-org/octo-repo:environment:prod',
    environment: 'prod',
    aud,
    ref: 'refs/heads/main',
    sha: '6113728f27ae82c7b1a177c8d03f9e96e0adf246',
    repository: 'octo-org/octo-repo',
    repository_owner: 'octo-org',
    actor_id: '12',
    repository_visibility: 'private',
    repository_id: '74',
    repository_owner_id: '65',
    run_id: '30433642',
    run_number: '10',
    run_attempt: '2',
    runner_environment: 'github-hosted',
    actor: 'octocat',
    workflow: 'example-workflow',
    head_ref: '',
    base_ref: '',
    event_name: 'workflow_dispatch',
    ref_type: 'branch',
    ref_protected: 'true',
    job_workflow_ref: 'octo-org/octo-automation/.github/workflows/oidc.yml@refs/heads/main',
    iss,
    nbf: at() - 5,
    exp: at() + 300,
    iat: at(),
    ...change,
  }
}

/** A job on main of a project in a group, with an `id_tokens` variable. */
export function gitlabClaims({ iss, aud }: Frame, change: Claims = {}): Claims {
  return {
    namespace_id: '72',
    namespace_path: 'my-group',
    project_id: '20',
    project_path: 'my-group/my-project',
    user_id: '1',
    user_login: 'sample-user',
    user_email: 'sample-user@example.com',
    user_identities: [{ provider: 'github', extern_uid: '2435223452345' }],
    pipeline_id: '574',
    pipeline_source: 'push',
    job_id: '302',
    ref: 'main',
    ref_type: 'branch',
    ref_path: 'refs/heads/main',
    ref_protected: 'true',
    groups_direct: ['mygroup/mysubgroup', 'myothergroup/myothersubgroup'],
    environment: 'production',
    environment_protected: 'true',
    deployment_tier: 'production',
    deployment_action: 'start',
    runner_id: 1,
    runner_environment: 'self-hosted',
    sha: '714a629c0b401fdce83e847fc9589983fc6f46bc',
    project_visibility: 'public',
    ci_config_ref_uri: 'gitlab.example.com/my-group/my-project//.gitlab-ci.yml@refs/heads/main',
    ci_config_sha: '714a629c0b401fdce83e847fc9589983fc6f46bc',
    jti: randomUUID(),
    iss,
    iat: at(),
    nbf: at() - 5,
    exp: at() + 3_600,
    sub: 'project_path:my-group/my-project:ref_type:branch:ref:main',
    aud,
    ...change,
  }
}

/** A step of a pipeline. */
export function buildkiteClaims({ iss, aud }: Frame, change: Claims = {}): Claims {
  return {
    iss,
    sub: 'organization:acme-inc:pipeline:super-duper-app:ref:refs/heads/main:commit:9f3182061f1e2cca4702c368cbc039b7dc9d4485:step:build',
    aud,
    iat: at(),
    nbf: at(),
    exp: at() + 300,
    organization_slug: 'acme-inc',
    pipeline_slug: 'super-duper-app',
    build_number: 1,
    build_branch: 'main',
    build_tag: 'v1.0.0',
    build_commit: '9f3182061f1e2cca4702c368cbc039b7dc9d4485',
    step_key: 'build',
    job_id: '0184990a-477b-4fa8-9968-496074483cee',
    agent_id: '0184990a-4782-42b5-afc1-16715b10b8ff',
    ...change,
  }
}
