import { frenchAccount } from './fr/account.ts'
import { frenchSignIn } from './fr/sign-in.ts'
import type { Catalogue } from './translate.ts'

/** French, by the English sentence. */
export const french: Catalogue = { ...frenchSignIn, ...frenchAccount }
