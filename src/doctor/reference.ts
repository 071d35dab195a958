import { checks } from './checks.ts'

const introduction = `# What doctor looks at

\`lanyard doctor [NAME]\` on the server ([commands.md](commands.md#lanyard-doctor)); how to use it stands in
[when-login-fails.md](../how-to/when-login-fails.md).

- **failed**: somebody cannot log in, or will not for long. **warning**: it works, and a day or a proxy away it does not. **skipped**:
  it could not be looked at, and says why. **ok** takes one line.
- A fix is a line for a shell, an edit (file, line, the lines that go, the lines that come), or advice for people. With \`-o json\` the
  first two are exact: after an edit the file is what it would be by hand. Do one finding, and ask again: line numbers move.
- It changes nothing by itself, and prints no token. \`--token\` reads from stdin alone.
- To each apiserver it sends a token of \`lanyard:probe\`, a subject without rights that lives for a minute, as a person's kubectl would.
  With \`--kubeconfig\` of an admin the cluster says in a TokenReview why it refuses it: what else stands in kube-apiserver's log alone.
- It cannot run a pod. "From inside the cluster" is what the apiserver itself answers to that token.

| check | what is right |
|---|---|
`

/** docs/reference/doctor.md */
export function renderChecks(): string {
  const rows = Object.entries(checks).map(([name, what]) => `| \`${name}\` | ${what} |\n`)
  return `${introduction}${rows.join('')}\nThis page is written from \`src/doctor/checks.ts\`. The laptop's doctor has checks of its own beside these: \`kubectl lanyard doctor\`.\n`
}
