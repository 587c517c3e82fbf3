/** MQTT packets that are wrong in one way each: good ones, broken by a seeded hand. */
import type { Random } from '@fleetcast/shared/random.ts'
import { upTopic } from '@fleetcast/shared/protocol/topics.ts'
import { addressOf } from './broker-harness.ts'
import { connectBytes, lengthBytes, publishBytes, subscribeBytes } from './mqtt-bytes.ts'

const telemetry = upTopic(addressOf('sea-2'), 'telemetry')

const GOOD: readonly Buffer[] = [
  connectBytes('sea-2'),
  publishBytes(telemetry, Buffer.from('{"sequence":1}'), 1),
  subscribeBytes([telemetry], 1),
  Buffer.of(0xa2, 4, 0, 1, 0, 0), // UNSUBSCRIBE of an empty name
  Buffer.of(0x40, 2, 0, 9), // PUBACK of nothing
  Buffer.of(0x62, 2, 0, 9), // PUBREL of nothing
  Buffer.of(0xc0, 0), // PINGREQ
]

type Breakage = (packet: Buffer, random: Random) => Buffer

const randomBytes = (random: Random, length: number): Buffer =>
  Buffer.from(Array.from({ length }, () => random.integer(256)))

const BREAKAGES: readonly Breakage[] = [
  // A kind that does not exist, or flags that are reserved (2.2.2).
  (packet, random) => Buffer.concat([Buffer.of(random.integer(16)), packet.subarray(1)]),
  (packet) => Buffer.concat([Buffer.of(0xf0 | (packet[0]! & 15)), packet.subarray(1)]),
  // A length of five bytes, of more than is allowed, of more than comes (2.2.3).
  (packet) => Buffer.concat([packet.subarray(0, 1), Buffer.alloc(5, 0xff), packet.subarray(2)]),
  (packet, random) => Buffer.concat([packet.subarray(0, 1), lengthBytes(1 << (18 + random.integer(10)))]),
  (packet, random) =>
    Buffer.concat([packet.subarray(0, 1), lengthBytes(packet.length + random.integer(200))]),
  // A body that is cut, longer than its fields, empty, or noise.
  (packet, random) => wrap(packet, packet.subarray(2, 2 + random.integer(packet.length))),
  (packet, random) => wrap(packet, Buffer.concat([packet.subarray(2), randomBytes(random, 50)])),
  (packet) => Buffer.concat([packet.subarray(0, 1), Buffer.of(0)]),
  (packet, random) => wrap(packet, randomBytes(random, 1 + random.integer(400))),
  // One changed byte anywhere: protocol name, level, flags, string lengths, UTF-8.
  (packet, random) => {
    const broken = Buffer.from(packet)
    broken[random.integer(broken.length)] = random.integer(256)
    return broken
  },
]

const wrap = (packet: Buffer, body: Buffer): Buffer =>
  Buffer.concat([packet.subarray(0, 1), lengthBytes(body.length), body])

export function malformedPacket(random: Random): Buffer {
  const packet = GOOD[random.integer(GOOD.length)]!
  return BREAKAGES[random.integer(BREAKAGES.length)]!(packet, random)
}
