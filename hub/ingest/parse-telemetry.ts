/** Bytes -> size limit -> one schema parse -> a typed message, or the reason why not. Pure. */
import { TELEMETRY_BYTES_MAX } from '@fleetcast/shared/protocol/limits.ts'
import { TelemetryMessage } from '@fleetcast/shared/protocol/telemetry.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'

export type TelemetryCode =
  | 'telemetry/tooLarge'
  | 'telemetry/notJson'
  | 'telemetry/badMessage'
  | 'telemetry/wrongDevice'

export function parseTelemetry(
  device: string,
  payload: Uint8Array,
): Result<TelemetryMessage, Refusal<TelemetryCode>> {
  if (payload.length > TELEMETRY_BYTES_MAX)
    return refuse(
      'telemetry/tooLarge',
      `${payload.length} bytes; a message is at most ${TELEMETRY_BYTES_MAX}`,
    )
  let body: unknown
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
  } catch (cause) {
    return refuse(
      'telemetry/notJson',
      `the message is not JSON: ${cause instanceof Error ? cause.message : 'unreadable'}`,
    )
  }
  const parsed = TelemetryMessage.safeParse(body)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return refuse(
      'telemetry/badMessage',
      issue?.message ?? 'the message does not fit its schema',
      issue?.path.join('.'),
    )
  }
  if (parsed.data.device !== device)
    return refuse('telemetry/wrongDevice', `${device} sent a message in the name of ${parsed.data.device}`)
  return ok(parsed.data)
}
