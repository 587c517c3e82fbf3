/**
 * The newest order of every device, and which of them the broker may not have: all after a reconnect, since a broker that was
 * restarted has forgotten them. A few are under way at a time, so nothing piles up in the client.
 */
import { assert } from '@fleetcast/shared/assert.ts'
import type { Log } from '../ports/log.ts'
import type { LinkConnection } from './broker-link.ts'
import { RETAINED_MAX } from './retained-orders.ts'

const UNDER_WAY_MAX = 50

export type StandingOrders = {
  /** Takes the place of the topic's earlier order. */
  readonly put: (topic: string, payload: Uint8Array) => void
  /** Everything goes out through this connection, as long as it lasts. */
  readonly publishThrough: (connection: LinkConnection) => void
}

export function createStandingOrders({ log }: { readonly log: Pick<Log, 'info'> }): StandingOrders {
  const orderByTopic = new Map<string, Uint8Array>()
  let current: LinkConnection | null = null
  let due = new Set<string>()
  let underWay = 0
  const publishNext = (connection: LinkConnection): void => {
    for (const topic of due) {
      if (underWay >= UNDER_WAY_MAX || connection !== current) return
      due.delete(topic)
      underWay++
      connection.publish({ topic, payload: orderByTopic.get(topic)!, qos: 1, retain: true }).then(
        () => {
          if (connection !== current) return
          underWay--
          publishNext(connection)
        },
        (cause: unknown) =>
          log.info({ topic, cause: String(cause) }, 'an order waits for the next connection'),
      )
    }
  }
  return {
    put: (topic, payload) => {
      assert(
        orderByTopic.size < RETAINED_MAX || orderByTopic.has(topic),
        'a fleet has a bounded number of orders',
      )
      orderByTopic.set(topic, payload)
      due.add(topic)
      if (current !== null) publishNext(current)
    },
    publishThrough: (connection) => {
      current = connection
      underWay = 0
      due = new Set(orderByTopic.keys())
      publishNext(connection)
      const leave = (): void => {
        if (current === connection) current = null
      }
      void connection.closed.then(leave)
    },
  }
}
