/** Learned weights in fewer bits: for the size of the download alone, since they are widened again when the file is loaded. */
const INT8_MAX = 127

/** One scale a column: the largest weight of the column becomes 127. Value is `quantised * scale`, row-major [rows, columns]. */
export function toInt8(
  values: Float32Array,
  [rows, columns]: readonly [number, number],
): { readonly quantised: Int8Array; readonly scales: Float32Array } {
  const scales = new Float32Array(columns)
  for (let i = 0; i < values.length; i++)
    scales[i % columns] = Math.max(scales[i % columns]!, Math.abs(values[i]!) / INT8_MAX)
  const quantised = new Int8Array(rows * columns)
  for (let i = 0; i < values.length; i++) {
    const scale = scales[i % columns]!
    const level = scale === 0 ? 0 : Math.round(values[i]! / scale)
    quantised[i] = Math.max(-INT8_MAX, Math.min(INT8_MAX, level))
  }
  return { quantised, scales }
}

/** Bits of the nearest half-precision numbers, ties to even; beyond their range infinity. */
export function toFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.slice().buffer)
  return Uint16Array.from(
    bits,
    (x, i) => ((x >>> 16) & 0x8000) | halfOf(x & 0x7fff_ffff, Math.abs(values[i]!)),
  )
}

/** Without its sign; `bits` are those of the float32 `magnitude`. */
function halfOf(bits: number, magnitude: number): number {
  if (bits > 0x7f80_0000) return 0x7e00 // NaN
  if (bits >= 0x477f_f000) return 0x7c00
  if (bits < 0x3880_0000) return toEven(magnitude * 2 ** 24)
  return (bits + 0x0fff + ((bits >>> 13) & 1) - 0x3800_0000) >>> 13
}

function toEven(value: number): number {
  const below = Math.floor(value)
  const rest = value - below
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below
}
