/**
 * access-review: who holds what: the people in privileged groups, by which way and since when unused, and what the names in a
 * cluster's role bindings are to Lanyard.
 *
 * It owns the credentials with which role bindings are read, and the questions across directory, devices and clusters that a
 * review asks. It refuses to keep a credential that may do more than read, changes nobody's access, and decides nothing.
 */
export { createAccessReviews } from './create-access-reviews.ts'
export { bindingsCsv, membershipsCsv, reasonText } from './csv.ts'
export type {
  AccessReview,
  AccessReviews,
  BoundName,
  ClusterReview,
  GroupReview,
  IdleLogin,
  MemberReview,
  RbacReader,
  Reason,
  ReviewQuestion,
  UnknownSubject,
} from './types.ts'
