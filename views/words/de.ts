import { germanAccount } from './de/account.ts'
import { germanAdminActs } from './de/admin-acts.ts'
import { germanAdminDoors } from './de/admin-doors.ts'
import { germanAdminPeople } from './de/admin-people.ts'
import { germanSignIn } from './de/sign-in.ts'
import type { Catalogue } from './translate.ts'

/** German, by the English sentence. Put together when somebody reads it. */
export const german = (): Catalogue => ({
  ...germanSignIn,
  ...germanAccount,
  ...germanAdminDoors,
  ...germanAdminPeople,
  ...germanAdminActs,
})
