/**
 * doctor: the checks that say why a login fails, and what to do. Their input and output are passed in, so that the server's
 * command and the plugin run the very same ones.
 *
 * It owns findings, the replay of what kube-apiserver does with a token, and the reading of its configuration for mistakes. It
 * opens no file, no database and no connection by itself, changes nothing, and prints no secret.
 */

export { explainLog, explainSentence } from './apiserver/explain-log.ts'
export { type FlagOptions, readOidcFlags } from './apiserver/flags.ts'
export type { SentenceContext } from './apiserver/meaning.ts'
export { replayToken } from './apiserver/replay.ts'
export { type ConfigurationOptions, readAuthenticationConfiguration } from './apiserver/settings.ts'
export { type ReplayContext, replayFinding } from './apiserver/to-finding.ts'
export type {
  AuthenticatorSettings,
  DocumentAnswer,
  DocumentRequest,
  FetchDocument,
  JwtAuthenticator,
  Mapping,
  Replay,
  ReplayInput,
  SettingsFault,
  Step,
  StepName,
  UserInfo,
  Verdict,
} from './apiserver/types.ts'
export { applyEdit } from './config/source.ts'
export { exitCodeOf, type Finding, type Fix, type Place } from './finding.ts'
export type { Fault, KnownIssuer, LaptopFacts, LaptopPorts } from './laptop/facts.ts'
export { type LaptopReport, runLaptopDoctor } from './laptop/run.ts'
export {
  type CertificateChain,
  type FileOutcome,
  type HttpsOutcome,
  type HttpsRequest,
  type Ports,
  type RunOptions,
  type RunOutcome,
  readBounded,
} from './ports.ts'
export { countFindings, printFindings } from './print.ts'
export { renderChecks } from './reference.ts'
export { type DoctorInput, runDoctor, runTokenDoctor, type TokenQuestion } from './run.ts'
export type { ClusterFacts, IssuerFacts, PersonFacts, PersonQuestion } from './subject.ts'
