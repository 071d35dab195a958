import { z } from 'zod'
import { distributions } from '../kubernetes/index.ts'
import { signInPolicy, stepUp } from './group-shapes.ts'

const time = () => z.iso.datetime()
const text = () => z.string()
const names = () => z.array(z.string())

export const cluster = z.strictObject({
  id: text(),
  name: text(),
  audience: text().describe('the client id, and the only `aud` of its tokens'),
  server: text(),
  certificateAuthority: text().nullable().describe('PEM'),
  proxyServer: text().nullable().describe('of `lanyard proxy`: what kubeconfigs get instead'),
  proxyCertificateAuthority: text().nullable().describe('PEM'),
  signingAlg: z.enum(['RS256', 'ES256']),
  usernamePrefix: text(),
  groupsPrefix: text(),
  everyone: z.boolean().describe('whether every active user may enter'),
  liveGroups: z.boolean().describe('whether its apiserver asks for groups; else tokens carry them'),
  fallbackAfter: z
    .int()
    .nullable()
    .describe('seconds without live groups after which tokens carry them all the same'),
  kubernetesVersion: text().nullable().describe('`1.34`'),
  replicas: names().describe('URLs of its apiservers, where several stand behind `server`'),
  groups: names().describe('that may enter'),
  policy: signInPolicy.describe('what a sign-in must have been'),
  stepUp,
  createdAt: time(),
})
export const clusterConfig = z.strictObject({
  distribution: z.enum(distributions),
  kubernetesVersion: text().describe('`1.33`'),
  flags: names().describe(
    'what kube-apiserver is started with in the end; empty where it is not ours to say',
  ),
  files: z.array(
    z.strictObject({
      machine: text().describe('in words'),
      path: text(),
      content: text(),
      append: z.boolean().describe('whether the content joins what the file has already'),
    }),
  ),
  commands: z.array(z.strictObject({ machine: text(), run: text().describe('for a shell') })),
  restarts: text().describe('what restarts, and what does not'),
  undo: text().describe('for a shell'),
  notes: names().describe('`warning: …` or `hint: …`'),
})
export const application = z.strictObject({
  id: text(),
  name: text(),
  clientId: text(),
  public: z.boolean().describe('whether it has no secret'),
  redirectUris: names(),
  postLogoutRedirectUris: names(),
  backchannelLogoutUri: text()
    .nullable()
    .describe('where it hears that a login ended; null where it does not ask to'),
  signingAlg: z.enum(['RS256', 'ES256']),
  everyone: z.boolean(),
  groups: names(),
  policy: signInPolicy.describe('what a sign-in must have been'),
  stepUp,
  createdAt: time(),
})
export const holder = z.strictObject({
  username: text(),
  device: text().describe('as the machine names itself'),
  clientId: text().describe('`kubectl-lanyard`, or the audience for kubelogin and its likes'),
  enteredAt: time().describe('when its last login entered first'),
})
export const binding = z.strictObject({
  kind: z.enum(['ClusterRoleBinding', 'RoleBinding']),
  name: text(),
  namespace: text().nullable().describe('null where it holds everywhere'),
  role: text().describe('a ClusterRole'),
  group: text().describe('as Lanyard names it'),
  subject: text().describe('as the cluster sees it: with its prefix'),
})
