/** Bytes -> size limit -> the signed line -> one schema parse -> a typed message, or the reason why not. Pure. */
import { TELEMETRY_BYTES_MAX } from '@fleetcast/shared/protocol/limits.ts'
import { splitSignedLine } from '@fleetcast/shared/protocol/signed-line.ts'
import { TelemetryMessage } from '@fleetcast/shared/protocol/telemetry.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'

export type TelemetryCode =
  | 'telemetry/tooLarge'
  | 'telemetry/badSignature'
  | 'telemetry/notJson'
  | 'telemetry/badMessage'
  | 'telemetry/wrongDevice'

/** `line` is the message without its signature, which has proved what it had to before this or is not needed. */
export type ParsedTelemetry = { readonly message: TelemetryMessage; readonly line: Uint8Array }

export function parseTelemetry(
  device: string,
  payload: Uint8Array,
): Result<ParsedTelemetry, Refusal<TelemetryCode>> {
  if (payload.length > TELEMETRY_BYTES_MAX)
    return refuse(
      'telemetry/tooLarge',
      `${payload.length} bytes; a message is at most ${TELEMETRY_BYTES_MAX}`,
    )
  const split = splitSignedLine(payload)
  if (!split.ok) return split
  const { line } = split.value
  const body = decodeJson(line)
  if (!body.ok) return body
  const parsed = TelemetryMessage.safeParse(body.value)
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
  if (parsed.data.oldest > parsed.data.sequence)
    return refuse(
      'telemetry/badMessage',
      'the oldest spooled message cannot be newer than this one',
      'oldest',
    )
  return ok({ message: parsed.data, line })
}

function decodeJson(
  payload: Uint8Array,
): Result<unknown, Refusal<'telemetry/notJson' | 'telemetry/badMessage'>> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(payload)
    // PostgreSQL keeps no U+0000 in text; in JSON it can only come from this escape.
    if (text.includes('\\u0000'))
      return refuse('telemetry/badMessage', 'text may not hold the character U+0000')
    return ok(JSON.parse(text))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'unreadable'
    return refuse('telemetry/notJson', `the message is not JSON: ${why}`)
  }
}

const SCHEMA: TelemetryMessage['schema'] = 'fleetcast/telemetry/1'

/** A message that was accepted before: checked then, and only its version now. Null when this version cannot read it. */
export function readStored(body: Uint8Array): TelemetryMessage | null {
  const decoded = decodeJson(body)
  if (!decoded.ok) return null
  const message = decoded.value as Partial<TelemetryMessage> | null
  return message?.schema === SCHEMA ? (message as TelemetryMessage) : null
}

/** The frame stands before the records, within this many bytes. */
const FRAME_BYTES = 512
const FRAME = /"sequence":(\d{1,15}),"oldest":(\d{1,15}),/

/**
 * The number of a message whose records cannot be read, as our agent writes it: such a message is spent, or its device
 * would send it for ever. Null when there is none to find.
 */
export function numberOf(payload: Uint8Array): { sequence: number; oldest: number } | null {
  const found = FRAME.exec(new TextDecoder().decode(payload.subarray(0, FRAME_BYTES)))
  const [sequence, oldest] = [Number(found?.[1]), Number(found?.[2])]
  return found !== null && sequence >= 1 && oldest >= 1 && oldest <= sequence ? { sequence, oldest } : null
}
