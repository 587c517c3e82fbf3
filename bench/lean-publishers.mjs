// Child process of the `ingest` benchmark: many MQTT 3.1.1 connections over bare sockets, each with a window of
// unacknowledged QoS 1 messages, so that the client costs as little as it can beside the broker.
import { connect } from 'node:tls'

const PUBLISH = 0x32
const PUBACK = 4
const CONNACK = 2

const text = (value) => {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 255), bytes])
}

function lengthBytes(length) {
  const bytes = []
  do {
    const rest = Math.floor(length / 128)
    bytes.push((length % 128) | (rest > 0 ? 128 : 0))
    length = rest
  } while (length > 0)
  return Buffer.from(bytes)
}

const packet = (first, ...parts) => {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.of(first), lengthBytes(body.length), body])
}

class Publisher {
  acknowledged = 0

  /** The message has a sequence of 9 digits, which is counted up in place. */
  constructor({ port, topic, device, tls, message, window }) {
    const body = Buffer.from(message)
    this.packet = packet(PUBLISH, text(topic), Buffer.of(0, 1), body)
    this.idAt = this.packet.length - body.length - 2
    this.digitsAt = this.packet.indexOf('"sequence":') + '"sequence":'.length
    this.sequence = Number(this.packet.toString('latin1', this.digitsAt, this.digitsAt + 9))
    this.window = window
    this.rest = Buffer.alloc(0)
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true, ...tls })
    this.socket.write(packet(0x10, text('MQTT'), Buffer.of(4, 0x02, 0, 60), text(device)))
    this.connected = new Promise((resolve, reject) => {
      this.onConnected = resolve
      this.socket.on('error', reject)
      this.socket.on('close', () => reject(new Error(`the broker closed the connection of ${device}`)))
    })
    this.socket.on('data', (chunk) => this.read(chunk))
  }

  read(chunk) {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk])
    let at = 0
    let acknowledged = 0
    for (;;) {
      let length = 0
      let next = at + 1
      for (let multiplier = 1; next < bytes.length; multiplier *= 128) {
        const byte = bytes[next++]
        length += (byte & 127) * multiplier
        if (byte < 128) break
      }
      if (next >= bytes.length || next + length > bytes.length) break
      const kind = bytes[at] >> 4
      if (kind === CONNACK) this.onConnected()
      if (kind === PUBACK) acknowledged++
      at = next + length
    }
    this.rest = bytes.subarray(at)
    this.acknowledged += acknowledged
    if (this.isRunning) this.send(acknowledged)
  }

  start() {
    this.isRunning = true
    this.send(this.window)
  }

  send(count) {
    if (count === 0) return
    const packets = []
    for (let i = 0; i < count; i++) {
      const bytes = Buffer.from(this.packet)
      bytes.writeUInt16BE((this.sequence % 65_535) + 1, this.idAt)
      bytes.write(String(this.sequence), this.digitsAt, 'latin1')
      this.sequence++
      packets.push(bytes)
    }
    this.socket.write(Buffer.concat(packets))
  }
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Sends for `warmUpMs` and `measureMs`; resolves to the messages acknowledged a second in the second part. */
async function run({ publishers, warmUpMs, measureMs }) {
  const all = publishers.map((settings) => new Publisher(settings))
  await Promise.all(all.map(({ connected }) => connected))
  for (const publisher of all) publisher.start()
  const total = () => all.reduce((sum, { acknowledged }) => sum + acknowledged, 0)
  await pause(warmUpMs)
  const [before, startedAt] = [total(), performance.now()]
  await pause(measureMs)
  const rate = (total() - before) / ((performance.now() - startedAt) / 1_000)
  for (const publisher of all) {
    publisher.isRunning = false
    publisher.connected.catch(() => {})
    publisher.socket.destroy()
  }
  return rate
}

process.on('message', async (settings) => process.send({ rate: await run(settings) }))
process.on('disconnect', () => process.exit(0))
