/**
 * config: the settings: one schema, one file, the environment, every fault at once; and what must be true before a server can start.
 *
 * It is the only reader of settings, of the data directory's key file, and of the clock's plausibility. It opens no socket and no
 * database, and knows no rule of the product beyond the form of a value.
 */
export {
  type Config,
  type Lifetimes,
  type LogLevel,
  type Settings,
  type TlsConfig,
  withIssuer,
} from './config.ts'
export { checkClock, prepareDataDirectory } from './data-directory.ts'
export type { Environment } from './environment.ts'
export { exitCodeOf } from './exit-codes.ts'
export { ConfigError, type Fault } from './faults.ts'
export { deriveKey, loadKeySecret } from './key-file.ts'
export { knownIssuer, rememberIssuer } from './known-issuer.ts'
export { type LoadOptions, loadConfig } from './load.ts'
export { renderExitCodes, renderReference } from './reference.ts'
