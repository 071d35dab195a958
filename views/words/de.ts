import { germanAccount } from './de/account.ts'
import { germanSignIn } from './de/sign-in.ts'
import type { Catalogue } from './translate.ts'

/** German, by the English sentence. */
export const german: Catalogue = { ...germanSignIn, ...germanAccount }
