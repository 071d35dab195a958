import type { Log } from '../telemetry/index.ts'
import type { Admitted } from './admit.ts'
import type { Metrics } from './metrics.ts'
import type { CutReason } from './open-requests.ts'

/** One admitted request on its way: kept with those that are open, and written down when it is over. */
export interface Journey {
  /** Ends it; called by whoever finds that its user may not stay. */
  cutReason: CutReason | null
  /** Of the apiserver's own audit log; empty until it has answered. */
  auditId: string
  status: number
  /** When there is nothing more to come; once. */
  end(): void
  /** A line already now, for what may stay open for hours. */
  opened(): void
}

export interface JourneyOptions {
  readonly log: Log
  readonly metrics: Metrics
  readonly now: () => number
  readonly address: string
  readonly requestId: string
  /** Ends both sides. */
  readonly destroy: () => void
}

const CREDENTIAL_ID = 'authentication.kubernetes.io/credential-id'
const CLIENT_LEFT = 499
const DEVICE = 'lanyard.dev/device'

export function beginJourney(admitted: Admitted, options: JourneyOptions): Journey {
  const { cluster, info, key, token, person, askedAt } = admitted
  const { log, metrics, now, address, requestId, destroy } = options
  const startedAt = now()
  let isLong = info.verb === 'watch'
  let isOver = false
  const close = cluster.open.add({
    ...{ key, token, person, askedAt },
    cut(reason) {
      journey.cutReason = reason
      metrics.cut(cluster.name, reason)
      destroy()
    },
  })
  const fields = () => ({
    ...{ cluster: cluster.name, ...factsOf(admitted), status: journey.status },
    ...(journey.auditId === '' ? {} : { auditId: journey.auditId }),
    ...{ requestId, address },
  })
  const journey: Journey = {
    ...{ cutReason: null, auditId: '', status: 0 },
    opened() {
      isLong = true
      log.info(fields(), 'stream opened')
    },
    end() {
      if (isOver) return
      isOver = true
      close()
      // As other proxies write it where a client left before there was an answer.
      if (journey.status === 0) journey.status = CLIENT_LEFT
      const ms = Math.round((now() - startedAt) * 10) / 10
      metrics.request(cluster.name, info.verb, journey.status)
      if (!isLong) metrics.took(cluster.name, ms / 1000)
      const cut = journey.cutReason === null ? {} : { cut: journey.cutReason }
      log.info({ ...fields(), ms, ...cut }, 'request')
    },
  }
  return journey
}

/** Who did what: never a query, a header or a body. */
function factsOf({ person, as, info }: Admitted): object {
  const given = Object.entries(info).filter(([, value]) => value !== '')
  const credentialId = person.extra[CREDENTIAL_ID]?.[0]
  const device = person.extra[DEVICE]?.[0]
  return {
    user: person.username,
    ...(person.uid === null ? {} : { uid: person.uid }),
    groups: person.groups,
    ...(as === null ? {} : { as }),
    ...(credentialId === undefined ? {} : { credentialId }),
    ...(device === undefined ? {} : { device }),
    ...Object.fromEntries(given),
  }
}
