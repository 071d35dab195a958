import { frenchAccount } from './fr/account.ts'
import { frenchAdminActs } from './fr/admin-acts.ts'
import { frenchAdminDoors } from './fr/admin-doors.ts'
import { frenchAdminPeople } from './fr/admin-people.ts'
import { frenchSignIn } from './fr/sign-in.ts'
import type { Catalogue } from './translate.ts'

/** French, by the English sentence. Put together when somebody reads it. */
export const french = (): Catalogue => ({
  ...frenchSignIn,
  ...frenchAccount,
  ...frenchAdminDoors,
  ...frenchAdminPeople,
  ...frenchAdminActs,
})
