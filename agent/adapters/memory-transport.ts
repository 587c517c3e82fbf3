/** A broker in memory that keeps the same contract as the real one: for simulations and tests. */
import {
  downTopic,
  type DeviceAddress,
  type DownKind,
  type UpKind,
} from '@fleetcast/shared/protocol/topics.ts'
import type { Connection, OnDown, Transport } from '../ports/transport.ts'

export type UpMessage = {
  readonly address: DeviceAddress
  readonly kind: UpKind
  readonly payload: Uint8Array
}

export type MemoryBroker = {
  readonly transportFor: (address: DeviceAddress) => Transport
  /** What devices send; a QoS 1 message is acknowledged when the handler has resolved. */
  readonly onUp: (handler: UpHandler) => void
  readonly publish: (
    address: DeviceAddress,
    message: { kind: DownKind; payload: Uint8Array | string; retain: boolean },
  ) => void
  /** Ends a device's connection as a network would. */
  readonly cut: (address: DeviceAddress) => void
  /** While closed, no device gets in. */
  readonly setOpen: (isOpen: boolean) => void
}

type UpHandler = (message: UpMessage) => Promise<void> | void
const ignore: UpHandler = () => {}

type Session = { readonly deliver: OnDown; readonly end: (reason: string) => void }

export function createMemoryBroker(): MemoryBroker {
  const sessions = new Map<string, Session>()
  const retained = new Map<string, Uint8Array>()
  let handle = ignore
  let isOpen = true

  const connect = async (address: DeviceAddress, onDown: OnDown): Promise<Connection> => {
    await Promise.resolve()
    if (!isOpen) throw new Error('the broker does not answer')
    sessions.get(address.device)?.end('another connection took over')
    const { connection, session } = openSession(address, onDown, (message) => handle(message))
    sessions.set(address.device, session)
    void connection.closed.then(() => {
      if (sessions.get(address.device) === session) sessions.delete(address.device)
    })
    const want = retained.get(downTopic(address, 'want'))
    if (want !== undefined) session.deliver('want', want)
    return connection
  }
  return {
    transportFor: (address) => ({ connect: async (onDown) => await connect(address, onDown) }),
    onUp: (handler) => {
      handle = handler
    },
    publish: (address, { kind, payload, retain }) => {
      const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload
      if (retain) retained.set(downTopic(address, kind), bytes)
      sessions.get(address.device)?.deliver(kind, bytes)
    },
    cut: (address) => sessions.get(address.device)?.end('the connection was cut'),
    setOpen: (open) => {
      isOpen = open
      if (!open) for (const session of sessions.values()) session.end('the broker went away')
    },
  }
}

function openSession(
  address: DeviceAddress,
  onDown: OnDown,
  handle: UpHandler,
): { connection: Connection; session: Session } {
  let reason: string | null = null
  const closing = new AbortController()
  const closed = new Promise<string>((resolve) =>
    closing.signal.addEventListener('abort', () => resolve(reason ?? ''), { once: true }),
  )
  const end = (why: string): void => {
    reason ??= why
    closing.abort()
  }
  const ended = closed.then((why) => Promise.reject(new Error(why)))
  ended.catch(() => {})
  const publish: Connection['publish'] = async (kind, payload) => {
    if (reason !== null) throw new Error(reason)
    const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : Uint8Array.from(payload)
    await Promise.race([Promise.resolve().then(() => handle({ address, kind, payload: bytes })), ended])
  }
  // Delivered in a later turn, as from a socket.
  const deliver: OnDown = (kind, bytes) => void queueMicrotask(() => reason === null && onDown(kind, bytes))
  return {
    connection: {
      publish,
      closed,
      close: async () => void (await Promise.resolve(end('closed by the device'))),
    },
    session: { deliver, end },
  }
}
