/**
 * web/admin: the pages with which admins keep people, groups and ways in.
 *
 * It owns their routes and the order of steps, and decides nothing: who is an admin is the directory's to say, and who may enter what is
 * access's. Every page is registered with a router that answers admins alone; every form is our own; whatever is not easily undone asks
 * for the password again (`requireFresh`). A GET changes nothing.
 */
import type { Router } from '@koa/router'
import type { Web } from '../options.ts'
import { accessReviewRoutes } from './access-review.ts'
import { applicationRoutes } from './application.ts'
import { applicationFormRoutes } from './application-form.ts'
import { applicationsRoutes } from './applications.ts'
import { auditRoutes } from './audit.ts'
import { bulkRoutes } from './bulk.ts'
import { clusterRoutes } from './cluster.ts'
import { clusterCredentialRoutes } from './cluster-credentials.ts'
import { clusterFormRoutes } from './cluster-form.ts'
import { clustersRoutes } from './clusters.ts'
import { csvRoutes } from './csv.ts'
import { createAdminRouter, requireAdmin } from './frame.ts'
import { groupRoutes, mayManage } from './group.ts'
import { groupRulesRoutes } from './group-rules.ts'
import { groupsRoutes } from './groups.ts'
import { invitationsRoutes } from './invitations.ts'
import { keysRoutes } from './keys.ts'
import { machineFormRoutes } from './machine-form.ts'
import { machinesRoutes } from './machines.ts'
import { overviewRoutes } from './overview.ts'
import { userRoutes } from './user.ts'
import { usersRoutes } from './users.ts'

/** Each family of pages is one line. */
export function adminRoutes(web: Web, router: Router): void {
  const admin = createAdminRouter(web, router, requireAdmin(web))
  overviewRoutes(web, admin)
  usersRoutes(web, admin)
  userRoutes(web, admin)
  bulkRoutes(web, admin)
  csvRoutes(web, admin)
  invitationsRoutes(web, admin)
  groupsRoutes(web, admin)
  groupRoutes(web, { admin, router, mayManage: mayManage(web) })
  groupRulesRoutes(web, admin)
  clustersRoutes(web, admin)
  clusterFormRoutes(web, admin)
  clusterRoutes(web, admin)
  clusterCredentialRoutes(web, admin)
  applicationsRoutes(web, admin)
  applicationFormRoutes(web, admin)
  applicationRoutes(web, admin)
  machinesRoutes(web, admin)
  machineFormRoutes(web, admin)
  auditRoutes(web, admin)
  keysRoutes(web, admin)
  accessReviewRoutes(web, admin)
}
