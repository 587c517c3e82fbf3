/** Who may do what on the broker. Default deny: what is not named here is refused. Pure. */
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import {
  DOWN_KINDS,
  downTopic,
  parseUpTopic,
  upTopic,
  type DeviceAddress,
  type UpTopic,
} from '@fleetcast/shared/protocol/topics.ts'

export type PublishRequest = { readonly topic: string; readonly retain: boolean; readonly qos: number }

export type AuthorizeCode =
  | 'mqtt/forgedTopic'
  | 'mqtt/retained'
  | 'mqtt/qualityOfService'
  | 'mqtt/foreignSubscription'
  | 'mqtt/foreignWill'

/** A device publishes on its own upward topics, never retained, with QoS 0 or 1. */
export function authorizePublish(
  device: DeviceAddress,
  { topic, retain, qos }: PublishRequest,
): Result<UpTopic, Refusal<AuthorizeCode>> {
  const parsed = parseUpTopic(topic)
  if (parsed === null || parsed.device !== device.device || parsed.site !== device.site)
    return refuse(
      'mqtt/forgedTopic',
      `${device.device} may publish only below ${upTopic(device, 'telemetry').replace('telemetry', '')}`,
    )
  if (retain) return refuse('mqtt/retained', 'a device may not retain messages')
  if (qos > 1) return refuse('mqtt/qualityOfService', 'publish with QoS 0 or 1')
  return ok(parsed)
}

/** A device subscribes to its own four downward topics, named exactly. */
export function authorizeSubscribe(
  device: DeviceAddress,
  topic: string,
): Result<void, Refusal<AuthorizeCode>> {
  if (DOWN_KINDS.some((kind) => downTopic(device, kind) === topic)) return ok(undefined)
  return refuse(
    'mqtt/foreignSubscription',
    `${device.device} may subscribe only to its own dn topics, without wildcards`,
  )
}

/** A last will is an event of the device itself. */
export function authorizeWill(
  device: DeviceAddress,
  will: PublishRequest,
): Result<void, Refusal<AuthorizeCode>> {
  if (will.topic === upTopic(device, 'event') && !will.retain && will.qos <= 1) return ok(undefined)
  return refuse('mqtt/foreignWill', 'a last will goes to the own up/event topic, not retained')
}
