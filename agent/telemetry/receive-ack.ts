import { TelemetryAck } from '@fleetcast/shared/protocol/telemetry.ts'

/** The watermark of an acknowledgement; null for anything else. */
export function watermarkOf(payload: Uint8Array): number | null {
  try {
    const parsed = TelemetryAck.safeParse(JSON.parse(Buffer.from(payload).toString('utf8')))
    return parsed.success ? parsed.data.watermark : null
  } catch (cause) {
    if (cause instanceof SyntaxError) return null
    throw cause
  }
}
