/** MQTT 3.1.1 packets as bytes, for what no client library would send. */
const text = (value: string): Buffer => {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 255), bytes])
}

export function lengthBytes(length: number): Buffer {
  const bytes: number[] = []
  do {
    const rest = Math.floor(length / 128)
    bytes.push((length % 128) | (rest > 0 ? 128 : 0))
    length = rest
  } while (length > 0)
  return Buffer.from(bytes)
}

export function connectBytes(device: string): Buffer {
  const body = Buffer.concat([text('MQTT'), Buffer.of(4, 0x02, 0, 60), text(device)])
  return Buffer.concat([Buffer.of(0x10), lengthBytes(body.length), body])
}

export function subscribeBytes(topics: readonly string[], qos: number): Buffer {
  const body = Buffer.concat([Buffer.of(0, 1), ...topics.flatMap((topic) => [text(topic), Buffer.of(qos)])])
  return Buffer.concat([Buffer.of(0x82), lengthBytes(body.length), body])
}

export function publishBytes(topic: string, payload: Uint8Array, id: number): Buffer {
  const body = Buffer.concat([text(topic), Buffer.of(id >> 8, id & 255), payload])
  return Buffer.concat([Buffer.of(0x32), lengthBytes(body.length), body])
}
