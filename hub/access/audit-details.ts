/** What an audit entry keeps of a request: enough to see what was done, nothing that would let a reader do it again. */

const LEFT_OUT = '(left out)'
const SECRET_NAME = /pass|secret|token|csr|key|certificate|cookie|authori[sz]ation|join/i
/** A JSON Web Signature, a join string, a PEM block or one of our tokens keeps out wherever it stands. */
const SECRET_TEXT = /-----BEGIN |fleetcast-join:|\bfct_|^ey[\w-]+\.[\w-]*\./
const TEXT_LENGTH_MAX = 200
const ITEMS_MAX = 20
const DEPTH_MAX = 4
const DETAILS_BYTES_MAX = 2_048

/** A summary of at most 2 kB. */
export function summariseBody(body: unknown): unknown {
  const summary = shorten(body, 0)
  const bytes = Buffer.byteLength(JSON.stringify(summary) ?? '')
  if (bytes <= DETAILS_BYTES_MAX) return summary
  const names = typeof body === 'object' && body !== null ? Object.keys(body).slice(0, ITEMS_MAX) : []
  return { tooLongToKeep: true, names: names.map((name) => name.slice(0, 40)) }
}

function shorten(value: unknown, depth: number): unknown {
  if (typeof value === 'string') {
    if (SECRET_TEXT.test(value)) return LEFT_OUT
    return value.length > TEXT_LENGTH_MAX ? `${value.slice(0, TEXT_LENGTH_MAX)}...` : value
  }
  if (typeof value !== 'object' || value === null) return value
  if (depth >= DEPTH_MAX) return '(deeper)'
  if (Array.isArray(value)) {
    const kept = value.slice(0, ITEMS_MAX).map((item) => shorten(item, depth + 1))
    return value.length > ITEMS_MAX ? [...kept, `and ${value.length - ITEMS_MAX} more`] : kept
  }
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, ITEMS_MAX)
      .map(([name, item]) => [
        plainText(name.slice(0, 60)),
        SECRET_NAME.test(name) ? LEFT_OUT : shorten(item, depth + 1),
      ]),
  )
}

/** JSON that both databases give back unchanged: no undefined, no NUL, no half characters. */
export function plainJson(value: unknown): unknown {
  const text = JSON.stringify(value ?? null, (_name, item: unknown) =>
    typeof item === 'string' ? plainText(item) : item,
  )
  return JSON.parse(text, (_name, item: unknown) => (Object.is(item, -0) ? 0 : item)) as unknown
}

const HALF_CHARACTER = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g
const plainText = (text: string): string => text.replaceAll('\0', '\uFFFD').replace(HALF_CHARACTER, '\uFFFD')
