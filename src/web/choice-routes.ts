import type { Router } from '@koa/router'
import { languageRoutes } from './languages.ts'
import { membershipRequestRoutes } from './membership-requests.ts'
import type { Web } from './options.ts'

/** Memberships for a while, and the language of the pages. */
export function addChoiceRoutes(router: Router, web: Web): void {
  const requests = membershipRequestRoutes(web)
  router.get('/account/requests', requests.open)
  router.post('/account/requests', requests.ask)
  router.post('/account/requests/:requestId/approve', requests.approve)
  router.post('/account/requests/:requestId/refuse', requests.refuse)
  router.post('/account/requests/:requestId/withdraw', requests.withdraw)

  const language = languageRoutes(web)
  router.get('/language', language.open)
  router.post('/language', language.choose)
}
