// Child process of the `trust` benchmark: MQTT 3.1.1 connections over mutual TLS, each with a full handshake, held open.
import { connect } from 'node:tls'

const CONNACK = 0x20
/** Handshakes under way at once. */
const AT_ONCE = 16
const held = []

const text = (value) => {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 255), bytes])
}

function open({ device, tls }, port) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, ...tls })
    const body = Buffer.concat([text('MQTT'), Buffer.of(4, 0x02, 0, 240), text(device)])
    socket.write(Buffer.concat([Buffer.of(0x10, body.length), body]))
    socket.once('error', reject)
    socket.once('close', () => reject(new Error(`the broker closed the connection of ${device}`)))
    socket.once('data', (chunk) =>
      chunk[0] === CONNACK && chunk[3] === 0 ? resolve() : reject(new Error('refused')),
    )
    held.push(socket)
  })
}

/** Resolves to connects a second. */
async function run({ port, stations }) {
  const waiting = [...stations]
  const startedAt = performance.now()
  const worker = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await open(next, port)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return stations.length / ((performance.now() - startedAt) / 1_000)
}

process.on('message', async (work) => process.send({ rate: await run(work) }))
process.on('disconnect', () => process.exit(0))
