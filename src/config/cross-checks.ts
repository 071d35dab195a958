import type { Fault } from './faults.ts'
import type { Given } from './file.ts'
import { keys, showGiven } from './keys.ts'
import { checkMail } from './mail.ts'
import type { ParsedKeys } from './schema.ts'

/** What is sound by itself and wrong together. Keys that already have a fault are left alone. */
export function crossFaults(
  parsed: ParsedKeys,
  given: ReadonlyMap<string, Given>,
  faults: readonly Fault[],
): Fault[] {
  const faulty = new Set(faults.map(({ key }) => key))
  const found: Fault[] = []
  const report = (name: string, expected: string, ...involved: readonly string[]): void => {
    if ([name, ...involved].some((each) => isFaulty(each, faulty))) return
    const entry = given.get(name)
    const at = entry?.at ?? { file: 'configuration', line: null, key: name }
    const value = entry === undefined ? null : showGiven(entry.key, entry.value)
    found.push({ ...at, value, expected })
  }
  checkTls(parsed, report)
  checkIssuer(parsed, report)
  checkLifetimes(parsed, report)
  checkMail(parsed, report)
  return found
}

type Report = (name: string, expected: string, ...involved: readonly string[]) => void

function isFaulty(name: string, faulty: ReadonlySet<string>): boolean {
  return faulty.has(name) || keys.some((key) => key.name === name && faulty.has(key.env))
}

function checkTls({ tls, trustedProxies }: ParsedKeys, report: Report): void {
  const { mode, certificate, key } = tls
  if (certificate !== undefined && key === undefined) {
    report('tls.key', 'the private key of tls.certificate', 'tls.certificate')
  }
  if (key !== undefined && certificate === undefined) {
    report('tls.certificate', 'the certificate of tls.key', 'tls.key')
  }
  const named = certificate !== undefined || key !== undefined
  if (mode === 'files' && !named) {
    report('tls.mode', 'tls.certificate and tls.key beside it', 'tls.certificate', 'tls.key')
  }
  if ((mode === 'own' || mode === 'none') && named) {
    report('tls.mode', 'files, as tls.certificate or tls.key is given')
  }
  if (mode === 'none' && trustedProxies.length === 0) {
    report(
      'tls.mode',
      'own or files, or the proxy that ends TLS in trustedProxies',
      'trustedProxies',
    )
  }
}

function checkIssuer({ issuer, tls }: ParsedKeys, report: Report): void {
  if (tls.mode === 'none' && issuer === undefined) {
    report('issuer', 'the URL at which the proxy is reached, as tls.mode is none', 'tls.mode')
  }
  if (issuer?.startsWith('http:') === true && tls.mode !== 'none') {
    const expected = 'an https URL; http only with tls.mode none, behind trustedProxies'
    report('issuer', expected, 'tls.mode')
  }
}

function checkLifetimes({ lifetimes }: ParsedKeys, report: Report): void {
  if (lifetimes.idToken > lifetimes.login) {
    const expected = `at most lifetimes.login, ${lifetimes.login}s`
    report('lifetimes.idToken', expected, 'lifetimes.login')
  }
  if (lifetimes.sessionIdle > lifetimes.sessionAbsolute) {
    const expected = `at most lifetimes.sessionAbsolute, ${lifetimes.sessionAbsolute}s`
    report('lifetimes.sessionIdle', expected, 'lifetimes.sessionAbsolute')
  }
}
