/** Packs records into messages that every broker carries. Pure. */
import { TELEMETRY_BYTES_MAX, TELEMETRY_RECORDS_MAX } from '@fleetcast/shared/protocol/limits.ts'

/** Room for everything beside the records: schema, device, sequence, oldest and time (200 bytes at most), and the signature. */
const FRAME_BYTES = 512

/** Each group is the inside of one message's `records` array; order is kept. Texts are JSON; ours are ASCII or nearly so. */
export function groupRecords(texts: readonly string[]): readonly string[] {
  const groups: string[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const text of texts) {
    const size = Buffer.byteLength(text) + 1
    const last = groups.at(-1)
    if (
      last === undefined ||
      bytes + size > TELEMETRY_BYTES_MAX - FRAME_BYTES ||
      last.length >= TELEMETRY_RECORDS_MAX
    ) {
      groups.push([text])
      bytes = size
    } else {
      last.push(text)
      bytes += size
    }
  }
  return groups.map((group) => group.join(','))
}

/** The message as it goes out; `records` is one group of `groupRecords`. */
export const encodeMessage = (frame: {
  device: string
  sequence: number
  oldest: number
  sentAt: number
  records: string
}): string =>
  `{"schema":"fleetcast/telemetry/1","device":"${frame.device}","sequence":${frame.sequence},` +
  `"oldest":${frame.oldest},"sentAt":${Math.max(0, Math.round(frame.sentAt))},"records":[${frame.records}]}`
