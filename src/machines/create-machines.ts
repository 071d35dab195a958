import type { Store, Transaction } from '../../db/index.ts'
import type { Clusters } from '../clusters/index.ts'
import type { Clock } from '../errors/index.ts'
import type { Outbound } from '../outbound/index.ts'
import { authenticateApplication, setClientCredentials } from './application-subject.ts'
import { createIssuerKeys } from './issuer-keys.ts'
import { addIssuer, getIssuer, readIssuers, removeIssuer } from './issuers.ts'
import { createJudge } from './judge.ts'
import { getRule, readRules } from './rule-rows.ts'
import { addRule, removeRule, setRuleEnabled } from './rules.ts'
import type { Machines } from './types.ts'

export interface MachinesOptions {
  readonly store: Store
  readonly clock: Clock
  readonly clusters: Clusters
  /** For the keys of outside issuers. */
  readonly outbound: Outbound
  /** Lanyard's own address. */
  readonly issuer: string
}

export function createMachines(options: MachinesOptions): Machines {
  const { store, clock, issuer: own } = options
  const keys = createIssuerKeys(options)
  const write = <T>(unit: (tx: Transaction) => Promise<T>) => store.write(unit)
  return {
    issuers: {
      add: (issuer, by) => write((tx) => addIssuer(tx, clock, own, issuer, by)),
      list: () => readIssuers(store.query),
      get: (name) => getIssuer(store.query, name),
      remove: (name, by) => write((tx) => removeIssuer(tx, clock, name, by)),
      countKeys: keys.count,
    },
    rules: {
      add: (rule, by) => write((tx) => addRule(tx, clock, rule, by)),
      list: () => readRules(store.query),
      get: (name) => getRule(store.query, name),
      setEnabled: (name, enabled, by) =>
        write((tx) => setRuleEnabled(tx, clock, name, enabled, by)),
      remove: (name, by) => write((tx) => removeRule(tx, clock, name, by)),
    },
    applications: {
      set: (name, groups, by) =>
        write((tx) => setClientCredentials(tx, clock, { name, groups }, by)),
      authenticate: (clientId, secret) => authenticateApplication(store, clientId, secret),
    },
    ...createJudge({ ...options, keys }),
  }
}
