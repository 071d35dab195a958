import type { Site } from '../../views/index.ts'
import type { AccessReviews } from '../access-review/index.ts'
import type { AccessTokens } from '../access-tokens/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Clusters } from '../clusters/index.ts'
import type { Diagnosis } from '../diagnosis/index.ts'
import type { Directory } from '../directory/index.ts'
import type { Clock } from '../errors/index.ts'
import type { Csrf } from '../http/index.ts'
import type { Issuer } from '../issuer/index.ts'
import type { Machines } from '../machines/index.ts'
import type { DeviceReturn } from './device.ts'
import type { GuessBudget } from './guess-budget.ts'
import type { KnownBrowsers } from './known-browser.ts'
import type { Languages } from './languages.ts'
import type { Pages, WebConfig } from './pages.ts'
import type { SecondSteps } from './second-step-cookie.ts'
import type { SignedCookie } from './signed-cookie.ts'

/** The rooms and secrets that pages work with. */
export interface WebOptions {
  readonly config: WebConfig
  readonly pages: Pages
  readonly directory: Directory
  readonly clusters: Clusters
  readonly issuer: Pick<
    Issuer,
    'browser' | 'interactions' | 'deviceCodes' | 'devices' | 'keys' | 'refresh'
  >
  readonly accessTokens: Pick<AccessTokens, 'create' | 'list' | 'revoke'>
  readonly machines: Machines
  readonly diagnosis: Diagnosis
  readonly accessReviews: AccessReviews
  readonly audit: Audit
  readonly clock: Clock
  /** 32 bytes for the forms' tokens. */
  readonly csrfSecret: Uint8Array
  /** 32 bytes for the cookies of known browsers, and of sign-ins that are not finished. */
  readonly cookieSecret: Uint8Array
  /** PEM of Lanyard's own CA, for people to download; null where the issuer's certificate comes from elsewhere. */
  readonly certificateAuthority: string | null
}

/** What each page family is given. */
export interface Web extends WebOptions {
  readonly site: Site
  readonly languages: Languages
  readonly csrf: Csrf
  readonly knownBrowsers: KnownBrowsers
  readonly secondSteps: SecondSteps
  readonly deviceReturns: SignedCookie<DeviceReturn>
  readonly codeGuesses: GuessBudget
}
