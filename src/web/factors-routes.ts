import type { Router } from '@koa/router'
import { enrolRoutes } from './enrol.ts'
import { factorRoutes } from './factors.ts'
import type { Web } from './options.ts'
import { secondStepRoutes } from './second-step.ts'
import type { FlowOf } from './second-step-flow.ts'

/** What a person signs in with, on their own account. */
export function addFactors(router: Router, web: Web): void {
  const factors = factorRoutes(web)
  router.get('/account/passkeys/new', factors.openNewPasskey)
  router.post('/account/passkeys/new', factors.addPasskey)
  router.get('/account/passkeys/:passkeyId', factors.openPasskey)
  router.post('/account/passkeys/:passkeyId/name', factors.renamePasskey)
  router.post('/account/passkeys/:passkeyId/remove', factors.removePasskey)
  router.get('/account/one-time-codes', factors.openCodes)
  router.post('/account/one-time-codes', factors.beginCodes)
  router.post('/account/one-time-codes/confirm', factors.confirmCodes)
  router.post('/account/one-time-codes/remove', factors.removeCodes)
  router.get('/account/recovery-codes', factors.openRecovery)
  router.post('/account/recovery-codes', factors.renewRecovery)
}

/** What comes after the first page of a sign-in, in whichever flow. */
export function addSteps(router: Router, web: Web, prefix: string, flowOf: FlowOf): void {
  const second = secondStepRoutes(web, flowOf)
  router.get(`${prefix}/code`, second.openCode)
  router.post(`${prefix}/code`, second.submitCode)
  router.get(`${prefix}/passkey`, second.openPasskey)
  router.post(`${prefix}/passkey`, second.submitPasskey)
  router.get(`${prefix}/continue`, second.openContinue)
  router.post(`${prefix}/continue`, second.submitContinue)

  const enrol = enrolRoutes(web, flowOf)
  router.get(`${prefix}/enrol`, enrol.open)
  router.post(`${prefix}/enrol/code`, enrol.beginCode)
  router.post(`${prefix}/enrol/code/confirm`, enrol.confirmCode)
  router.post(`${prefix}/enrol/passkey`, enrol.addPasskey)
}
