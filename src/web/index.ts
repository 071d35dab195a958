/**
 * web: the pages that people use: first set-up, sign-in, device, confirmation and consent, account, kubectl, sign-out, and
 * those of admins.
 *
 * It owns the routes, what a form may hold, and the order of steps. It decides nothing about who may do what: passwords are
 * the directory's, sessions, codes and devices the issuer's, and whether somebody may enter is access's. A GET changes nothing;
 * every form is checked to be our own; every redirect of its own leads to a path written down here.
 */
import { Router } from '@koa/router'
import type { Context, Middleware } from 'koa'
import { createCsrf } from '../http/index.ts'
import { accessTokenRoutes } from './access-tokens.ts'
import { accountRoutes } from './account.ts'
import { adminRoutes } from './admin/index.ts'
import { goTo } from './answer.ts'
import { addChoiceRoutes } from './choice-routes.ts'
import { createDeviceReturns, deviceRoutes } from './device.ts'
import { addFactors, addSteps } from './factors-routes.ts'
import { createGuessBudget } from './guess-budget.ts'
import { interactionFlow, interactionRoutes } from './interaction.ts'
import { createKnownBrowsers } from './known-browser.ts'
import { kubectlRoutes } from './kubectl-page.ts'
import type { Web, WebOptions } from './options.ts'
import { addProfileRoutes } from './profile-routes.ts'
import { createSecondSteps } from './second-step-cookie.ts'
import type { FlowOf } from './second-step-flow.ts'
import { setupRoutes } from './setup.ts'
import { passwordRoutes, placeFlow, signInRoutes } from './sign-in.ts'
import { signOutRoutes } from './sign-out.ts'

export type { WebOptions } from './options.ts'
export { createPages, type Pages, type PagesOptions, type WebConfig } from './pages.ts'

/**
 * All pages, as one middleware. It belongs behind `errorWriter`, which turns what it throws and what it leaves unanswered into error
 * pages, and every request must have been admitted (`admitRequest`).
 */
export function createWeb(options: WebOptions): Middleware {
  const { pages, clock } = options
  const issuer = new URL(options.config.issuer)
  const router = routesOf({
    ...options,
    site: pages.site,
    languages: pages.languages,
    csrf: createCsrf({ secret: options.csrfSecret, issuer }),
    knownBrowsers: createKnownBrowsers({ secret: options.cookieSecret, issuer, clock }),
    secondSteps: createSecondSteps({ secret: options.cookieSecret, issuer, clock }),
    deviceReturns: createDeviceReturns({ secret: options.cookieSecret, issuer }),
    codeGuesses: createGuessBudget({ clock }),
  })
  // The router's own context adds to Koa's what it puts there itself.
  const routes = router.routes() as Middleware
  const allowedMethods = router.allowedMethods() as Middleware
  return (ctx, next) =>
    pages.assets(ctx, async () => {
      await routes(ctx, async () => {
        await allowedMethods(ctx, next)
      })
    })
}

function routesOf(web: Web): Router {
  const router = new Router(web.site.base === '' ? {} : { prefix: web.site.base })
  const here: FlowOf = (ctx) => placeFlow(ctx, web)
  const password = passwordRoutes(web, here)
  router.get('/sign-in', signInRoutes(web).open)
  router.post('/sign-in', password.submit)
  router.get('/sign-in/password', password.openChange)
  router.post('/sign-in/password', password.change)
  addSteps(router, web, '/sign-in', here)

  const interaction = interactionRoutes(web)
  const there: FlowOf = (ctx) => interactionFlow(ctx, web)
  router.get('/interaction/:uid', interaction.open)
  router.get('/interaction/:uid/sign-in', interaction.openSignIn)
  const passwordThere = passwordRoutes(web, there)
  router.post('/interaction/:uid/sign-in', passwordThere.submit)
  router.get('/interaction/:uid/password', passwordThere.openChange)
  router.post('/interaction/:uid/password', passwordThere.change)
  router.post('/interaction/:uid/answer', interaction.answer)
  addSteps(router, web, '/interaction/:uid', there)

  const device = deviceRoutes(web)
  router.get('/device', device.open)
  router.post('/device', device.enter)
  router.post('/device/answer', device.answer)

  const account = accountRoutes(web)
  router.get('/', (ctx: Context) => goTo(ctx, web, '/account'))
  router.get('/account', account.open)
  router.get('/account/password', account.openPassword)
  router.post('/account/password', account.submitPassword)
  router.post('/account/devices/revoke-all', account.revokeAll)
  router.post('/account/devices/:deviceId/revoke', account.revokeDevice)

  addFactors(router, web)

  const tokens = accessTokenRoutes(web)
  router.get('/account/tokens/new', tokens.open)
  router.post('/account/tokens', tokens.submit)
  router.post('/account/tokens/:tokenId/revoke', tokens.revoke)

  const kubectl = kubectlRoutes(web)
  router.get('/account/kubectl', kubectl.openFirst)
  router.get('/account/kubectl/lanyard-ca.crt', kubectl.downloadCa)
  router.get('/account/kubectl/:cluster', kubectl.open)
  router.get('/account/kubectl/:cluster/kubeconfig.yaml', kubectl.downloadKubeconfig)
  router.get('/account/kubectl/:cluster/kubelogin.yaml', kubectl.downloadForKubelogin)

  addChoiceRoutes(router, web)
  addProfileRoutes(router, web)
  const setup = setupRoutes(web)
  router.get('/setup', setup.open)
  router.post('/setup', setup.submit)

  const signOut = signOutRoutes(web)
  router.get('/sign-out', signOut.open)
  router.post('/sign-out', signOut.submit)
  adminRoutes(web, router)
  return router
}
