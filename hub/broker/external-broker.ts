/**
 * The hub as one client of somebody else's broker. That broker is not trusted: it may drop, delay and repeat, but what it says a
 * device reported counts only with the device's signature, and orders get their authority from signed metadata alone.
 * What the embedded broker can do and this one cannot: end a device's session. A revoked device stays connected until it
 * reconnects and meets the revocation list; until then the hub ignores it.
 */
import { assert } from '@fleetcast/shared/assert.ts'
import { BLOCK_BYTES, WANT_BYTES_MAX } from '@fleetcast/shared/protocol/limits.ts'
import { downTopic, type DeviceAddress, type DownKind } from '@fleetcast/shared/protocol/topics.ts'
import { ms, seconds } from '@fleetcast/shared/units.ts'
import type { BrokerLink, LinkConnection } from './broker-link.ts'
import type { Broker, BrokerPorts } from './broker-ports.ts'
import { createPresence } from './presence.ts'
import { receiveReports, type ReceivingPorts } from './receive-reports.ts'
import { createStandingOrders } from './standing-orders.ts'

/** Everything that devices send; the broker's own access list decides what reaches this. */
const UP_FILTER = 'fleetcast/v1/+/+/up/#'
/** Bytes the broker has not taken yet; beyond it blocks are not sent, and the device asks for them again. */
const UNSENT_BYTES_MAX = 64 * BLOCK_BYTES
const RETRY_LEAST = seconds(1)
const RETRY_MOST = seconds(10)

export type ExternalBrokerPorts = Pick<BrokerPorts, 'clock' | 'connection'> &
  Omit<ReceivingPorts, 'heard'> & { readonly link: BrokerLink }

export type ExternalBroker = {
  readonly broker: Broker
  readonly loop: (signal: AbortSignal) => Promise<void>
}

/** Nothing is connected before the loop runs; orders that are published earlier go out with the first connection. */
export function createExternalBroker(ports: ExternalBrokerPorts): ExternalBroker {
  const link: { current: LinkConnection | null } = { current: null }
  const orders = createStandingOrders(ports)
  const presence = createPresence(ports)
  const receive = receiveReports({ ...ports, heard: presence.heard })
  const send = (to: DeviceAddress, kind: DownKind, payload: Uint8Array): boolean => {
    const { current } = link
    if (current === null || current.unsentBytes() > UNSENT_BYTES_MAX) return false
    current.publish({ topic: downTopic(to, kind), payload, qos: 0, retain: false }).catch(ignoreGone)
    return true
  }
  const closing = new AbortController()
  const broker: Broker = {
    port: Number(new URL(ports.link.url).port || 8883),
    publishWant: (to, payload) => {
      assert(payload.length <= WANT_BYTES_MAX, 'an order fits its message')
      orders.put(downTopic(to, 'want'), payload)
    },
    publishBlock: (to, payload) => send(to, 'block', payload),
    publishMetadata: (to, payload) => send(to, 'metadata', payload),
    publishAck: (to, payload) => send(to, 'ack', payload),
    isConnected: presence.isThere,
    disconnect: (device) => {
      ports.keys.forget(device)
      presence.forget(device)
    },
    close: async () => {
      closing.abort()
      await link.current?.close()
    },
  }
  return {
    broker,
    loop: async (signal) => {
      const ending = AbortSignal.any([signal, closing.signal])
      const session = (): Promise<string> =>
        runSession(ports.link, receive, {
          ending,
          opened: (connection) => {
            link.current = connection
            ports.log.info({ broker: ports.link.url }, 'connected to the broker')
            orders.publishThrough(connection)
          },
          ended: () => (link.current = null),
        })
      await Promise.all([presence.loop(ending), keepConnected(ports, session, ending)])
    },
  }
}

/** A QoS 0 message of a connection that has just ended is lost by definition; the device asks again. */
const ignoreGone = (): undefined => undefined

async function keepConnected(
  { clock, log, link }: Pick<ExternalBrokerPorts, 'clock' | 'log' | 'link'>,
  session: () => Promise<string>,
  ending: AbortSignal,
): Promise<void> {
  while (!ending.aborted) {
    const reason = await session()
    if (ending.aborted) return
    const retryIn = ms(RETRY_LEAST + link.random.next() * (RETRY_MOST - RETRY_LEAST))
    log.warn({ broker: link.url, reason, retryInMs: Math.round(retryIn) }, 'not connected to the broker')
    await clock.sleep(retryIn, ending)
  }
}

type Session = {
  readonly ending: AbortSignal
  readonly opened: (connection: LinkConnection) => void
  readonly ended: () => void
}

/** One connection from its beginning to its end; returns why it ended. */
async function runSession(
  link: BrokerLink,
  receive: ReturnType<typeof receiveReports>,
  { ending, opened, ended }: Session,
): Promise<string> {
  try {
    const connection = await link.connect(UP_FILTER, receive)
    const close = (): void => void connection.close()
    ending.addEventListener('abort', close, { once: true })
    if (ending.aborted) close()
    opened(connection)
    const reason = await connection.closed
    ending.removeEventListener('abort', close)
    return reason
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause)
  } finally {
    ended()
  }
}
