import type { Router } from '@koa/router'
import { emailRoutes } from './email.ts'
import { invitationRoutes } from './invitation.ts'
import type { Web } from './options.ts'
import { profileRoutes } from './profile.ts'
import { resetRoutes } from './reset.ts'

/** The pages that links in mails lead to, and what people change of themselves. */
export function addProfileRoutes(router: Router, web: Web): void {
  const invitation = invitationRoutes(web)
  router.get('/invitation/:token', invitation.open)
  router.post('/invitation/:token', invitation.submit)

  const reset = resetRoutes(web)
  router.get('/forgotten', reset.openForgotten)
  router.post('/forgotten', reset.submitForgotten)
  router.get('/forgotten/sent', reset.openSent)
  router.get('/reset/:code', reset.open)
  router.post('/reset/:code', reset.submit)
  router.get('/reset-done', reset.openDone)

  const email = emailRoutes(web)
  router.get('/email/:code', email.open)
  router.post('/email/:code', email.submit)

  const profile = profileRoutes(web)
  router.get('/account/profile', profile.open)
  router.post('/account/profile/name', profile.changeName)
  router.post('/account/profile/e-mail', profile.changeEmail)
  router.post('/account/profile/e-mail/withdraw', profile.withdrawEmail)
}
