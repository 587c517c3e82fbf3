/**
 * A size limit before anything is buffered: aedes has none, and an unauthenticated socket could announce 256 MB. Follows the
 * MQTT fixed headers in the stream and destroys the connection when a packet is longer than its kind may be.
 */
import type { Socket } from 'node:net'
import { CONNECT_BYTES_MAX, CONTROL_BYTES_MAX, PUBLISH_BYTES_MAX } from '@fleetcast/shared/protocol/limits.ts'

const CONNECT = 1
const PUBLISH = 3
/** Topic, packet id and header of a PUBLISH beside its payload. */
const PUBLISH_OVERHEAD_BYTES = 512

const bytesMaxOf = (packetType: number): number => {
  if (packetType === CONNECT) return CONNECT_BYTES_MAX
  return packetType === PUBLISH ? PUBLISH_BYTES_MAX + PUBLISH_OVERHEAD_BYTES : CONTROL_BYTES_MAX
}

/** Watches what is read from the socket; `onOversize` is told once, and the socket is destroyed. */
export function guardPacketSize(socket: Socket, onOversize: (bytes: number) => void): void {
  const read = socket.read.bind(socket)
  const header = createHeaderReader()
  socket.read = (size?: number): unknown => {
    const chunk: unknown = read(size)
    if (!(chunk instanceof Uint8Array)) return chunk
    const oversize = header.oversizeIn(chunk)
    if (oversize === null) return chunk
    onOversize(oversize)
    socket.destroy()
    return null
  }
}

/** Keeps its place between chunks: in a body, or in the one to four length bytes of a fixed header (MQTT 3.1.1, 2.2.3). */
function createHeaderReader() {
  let bodyLeft = 0
  let packetType: number | null = null
  let length = 0
  let multiplier = 1
  /** The length of the first packet that is too long, else null. */
  const oversizeIn = (chunk: Uint8Array): number | null => {
    let at = 0
    while (at < chunk.length) {
      if (bodyLeft > 0) {
        const skipped = Math.min(bodyLeft, chunk.length - at)
        bodyLeft -= skipped
        at += skipped
        continue
      }
      const byte = chunk[at++]!
      if (packetType === null) {
        packetType = byte >> 4
        length = 0
        multiplier = 1
        continue
      }
      length += (byte & 127) * multiplier
      multiplier *= 128
      const isLast = byte < 128
      if (length > bytesMaxOf(packetType) || (!isLast && multiplier > 128 ** 3)) return length
      if (isLast) {
        bodyLeft = length
        packetType = null
      }
    }
    return null
  }
  return { oversizeIn }
}
