/**
 * A size limit before anything is buffered: aedes has none, and an unauthenticated socket could announce 256 MB. Follows the
 * MQTT fixed headers in the stream and destroys the connection when a packet is longer than its kind may be, or when the
 * first one is not a CONNECT.
 */
import type { Socket } from 'node:net'
import { CONNECT_BYTES_MAX, CONTROL_BYTES_MAX, PUBLISH_BYTES_MAX } from '@fleetcast/shared/protocol/limits.ts'
import type { Refusal } from '@fleetcast/shared/result.ts'

const CONNECT = 1
const PUBLISH = 3
/** Topic, packet id and header of a PUBLISH beside its payload. */
const PUBLISH_OVERHEAD_BYTES = 512
/** Length bytes of a fixed header beyond the first three would announce more than 2 MB; MQTT 3.1.1 allows four. */
const MULTIPLIER_MAX = 128 ** 3

const bytesMaxOf = (packetType: number): number => {
  if (packetType === CONNECT) return CONNECT_BYTES_MAX
  return packetType === PUBLISH ? PUBLISH_BYTES_MAX + PUBLISH_OVERHEAD_BYTES : CONTROL_BYTES_MAX
}

export type GuardRefusal = Refusal<'mqtt/tooLarge' | 'mqtt/notConnect' | 'mqtt/handshake'>

/** Watches what is read from the socket; `onRefused` is told once, and the socket is destroyed. */
export function guardPackets(socket: Socket, onRefused: (refusal: GuardRefusal) => void): void {
  const read = socket.read.bind(socket)
  const headers = createHeaderReader()
  socket.read = (size?: number): unknown => {
    const chunk: unknown = read(size)
    if (!(chunk instanceof Uint8Array)) return chunk
    const refusal = headers.refusalIn(chunk)
    if (refusal === null) return chunk
    onRefused(refusal)
    socket.destroy()
    return null
  }
}

/** Keeps its place between chunks: in a body, or in the one to four length bytes of a fixed header (MQTT 3.1.1, 2.2.3). */
function createHeaderReader() {
  let bodyLeft = 0
  let packetType: number | null = null
  let isFirst = true
  let length = 0
  let multiplier = 1
  const begin = (byte: number): GuardRefusal | null => {
    packetType = byte >> 4
    length = 0
    multiplier = 1
    const isRefused = isFirst && packetType !== CONNECT
    isFirst = false
    return isRefused
      ? { code: 'mqtt/notConnect', message: 'the first packet has to be an MQTT CONNECT' }
      : null
  }
  const extend = (byte: number): GuardRefusal | null => {
    length += (byte & 127) * multiplier
    multiplier *= 128
    const bytesMax = bytesMaxOf(packetType!)
    const isLast = byte < 128
    if (length > bytesMax || (!isLast && multiplier > MULTIPLIER_MAX))
      return { code: 'mqtt/tooLarge', message: `a packet of this kind is at most ${bytesMax} bytes` }
    if (isLast) {
      bodyLeft = length
      packetType = null
    }
    return null
  }
  const refusalIn = (chunk: Uint8Array): GuardRefusal | null => {
    for (let at = 0; at < chunk.length;) {
      const skipped = Math.min(bodyLeft, chunk.length - at)
      bodyLeft -= skipped
      at += skipped
      if (at >= chunk.length) return null
      const byte = chunk[at++]!
      const refusal = packetType === null ? begin(byte) : extend(byte)
      if (refusal !== null) return refusal
    }
    return null
  }
  return { refusalIn }
}
