/** What devices publish through somebody else's broker, checked against the topic, the device's row and its signature. */
import { parseUpTopic, type DeviceAddress, type UpTopic } from '@fleetcast/shared/protocol/topics.ts'
import type { Refusal } from '@fleetcast/shared/result.ts'
import type { DeviceKeys } from '../devices/device-keys.ts'
import { findSender, verifyReport } from '../ingest/verify-report.ts'
import type { OnTraffic } from './broker-link.ts'
import type { BrokerPorts } from './broker-ports.ts'

/** Reports that are being looked up, checked and committed; beyond it nothing more is read from the broker. */
export const UNDER_WAY_MAX = 1_000
const SAMPLE_BYTES_MAX = 512
const TEXT_MAX = 200

export type ReceivingPorts = Pick<BrokerPorts, 'log' | 'request' | 'refused'> & {
  readonly keys: DeviceKeys
  /** Resolves when the message is durable, with whether its number had not come before. */
  readonly telemetry: (from: DeviceAddress, payload: Uint8Array) => Promise<boolean>
  /** A new report came: the device is there. A repeated one may come from the broker alone. */
  readonly heard: (from: DeviceAddress) => void
}

export function receiveReports(ports: ReceivingPorts): OnTraffic {
  let underWay = 0
  const waiting: (() => void)[] = []
  const settle = (): void => {
    underWay--
    waiting.shift()?.()
  }
  return async (topic, payload) => {
    if (underWay >= UNDER_WAY_MAX) await new Promise<void>((resolve) => waiting.push(resolve))
    underWay++
    void handle(ports, topic, payload).then(settle, (cause: unknown) => {
      // Nothing is lost: the device sends again what the hub does not confirm.
      ports.log.error({ cause, topic: topic.slice(0, TEXT_MAX) }, 'a message could not be taken')
      settle()
    })
  }
}

async function handle(ports: ReceivingPorts, topic: string, payload: Uint8Array): Promise<void> {
  const from = parseUpTopic(topic)
  const refused = from === null ? NOT_OURS : await take(ports, from, payload)
  if (refused === null) return
  ports.refused({
    // Nobody has proved this name, so nothing is counted against the device that has it.
    client: `${from === null ? 'someone' : `who says ${from.device}`} through the broker`.slice(0, TEXT_MAX),
    topic: topic.slice(0, TEXT_MAX),
    code: refused.code,
    message: refused.message,
    sample: payload.subarray(0, SAMPLE_BYTES_MAX),
  })
}

const NOT_OURS: Refusal = {
  code: 'mqtt/forgedTopic',
  message: 'devices report below fleetcast/v1/<site>/<device>/up/',
}

/** Null when the message was taken. A request is not signed: it only makes the hub send what any device may read. */
async function take(
  { keys, telemetry, request, heard }: ReceivingPorts,
  from: UpTopic,
  payload: Uint8Array,
): Promise<Refusal | null> {
  if (from.kind === 'event') return null
  if (from.kind === 'request') {
    const sender = await findSender(keys, from)
    if (!sender.ok) return sender.error
    request(from, payload)
    return null
  }
  const verified = await verifyReport(keys, from, payload)
  if (!verified.ok) return verified.error
  if (await telemetry(from, payload)) heard(from)
  return null
}
