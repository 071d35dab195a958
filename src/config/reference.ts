import { exitCodes } from './exit-codes.ts'
import { defaultOf, keys, metaOf } from './keys.ts'

const introduction = `# Configuration

Lanyard runs with no configuration at all. What is set comes from one YAML file and from the environment, which wins. The file is \`lanyard.yaml\` in the data
directory, or the one named by \`--config\`. Relative paths start from the file's directory; in the environment, from the working directory.

Every fault is reported at once, with its file, line, key, value and what would be right, and nothing starts. An unknown key is a fault.

\`\`\`yaml
issuer: https://id.example.com
listen: 0.0.0.0:8443
tls:
  certificate: /etc/lanyard/tls.crt
  key: /etc/lanyard/tls.key
lifetimes:
  login: 8h
brand:
  name: Example
  accent: "#0e6377"
\`\`\`

This page is written from the schema in \`src/config/schema.ts\`.
`

const secretSection = `
## LANYARD_KEY_SECRET
32 random bytes as base64 (\`openssl rand -base64 32\`). What is encrypted at rest is encrypted under keys derived from them. When it is not set, the first start makes
the file \`key\` in the data directory, readable by its owner alone. Keep a backup of it apart from the database: without it the signing keys cannot be read. There
is no key of the file for it, so that the secret does not end up beside the settings.
`

/** docs/reference/configuration.md */
export function renderReference(): string {
  const sections = keys.map((key) => {
    const { description, form } = metaOf(key)
    const value = defaultOf(key)
    const fallback = value === undefined ? 'none' : `\`${yamlText(value)}\``
    return `
## ${key.name}
${description}

- form: ${form}
- default: ${fallback}
- environment: \`${key.env}\`
`
  })
  return [introduction, ...sections, secretSection].join('')
}

/** docs/reference/exit-codes.md */
export function renderExitCodes(): string {
  const rows = exitCodes.map(({ exitCode, meaning, errors }) => {
    const own = errors.filter((code) => code.startsWith('ERR_')).map((code) => `\`${code}\``)
    return `| ${exitCode} | ${meaning} | ${own.join(', ')} |\n`
  })
  return `# Exit codes

Of \`lanyard\` and all its commands. What went wrong is one line on stderr that begins with \`lanyard: error:\`, and what to do about it one that begins with \`lanyard: hint:\`.

| code | meaning | errors |
|---|---|---|
${rows.join('')}
\`lanyard doctor\` is an exception, as its answer is what was asked for: 0 all well, 1 something failed, 2 warnings alone. A wrong command line ends it with 2 as well, with nothing on stdout.

This page is written from \`src/config/exit-codes.ts\`.
`
}

function yamlText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
