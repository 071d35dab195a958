import { parse, stringify } from 'yaml'

interface Jwt {
  issuer: Record<string, unknown>
  claimValidationRules: { claim?: string }[]
}

/**
 * An AuthenticationConfiguration of the cluster `prod` after the admin put into it what a preset printed, in place of the rule
 * that it names.
 */
export function acceptApplication(configuration: string, printed: string): string {
  const file = parse(configuration) as { jwt: [Jwt] }
  const [jwt] = file.jwt
  const [added] = (parse(printed.replace('AUDIENCE', 'prod')) as { jwt: [Jwt] }).jwt
  Object.assign(jwt.issuer, added.issuer)
  jwt.claimValidationRules = [
    ...jwt.claimValidationRules.filter(({ claim }) => claim !== 'token_use'),
    ...added.claimValidationRules,
  ]
  return stringify(file)
}
