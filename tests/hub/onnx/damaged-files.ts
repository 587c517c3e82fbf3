/** Files with a seeded fault in them: bits, bytes, cuts, splices, noise. */
import type { Random } from '@fleetcast/shared/random.ts'

type Damage = (file: Uint8Array, random: Random) => Uint8Array
const HOSTILE = [0x00, 0x7f, 0x80, 0xff, 0x0a, 0x3a]

const DAMAGES: readonly Damage[] = [
  (file, random) => {
    const out = file.slice()
    for (let i = 1 + random.integer(4); i > 0; i--) out[random.integer(out.length)]! ^= 1 << random.integer(8)
    return out
  },
  (file, random) => {
    const out = file.slice()
    out[random.integer(out.length)] = HOSTILE[random.integer(HOSTILE.length)]!
    return out
  },
  (file, random) => file.slice(0, random.integer(file.length)),
  // A part put in elsewhere, taken out, or repeated.
  (file, random) => {
    const [from, to] = [random.integer(file.length), random.integer(file.length)]
    const part = file.subarray(from, from + random.integer(60))
    return Uint8Array.from([...file.subarray(0, to), ...part, ...file.subarray(to + random.integer(60))])
  },
  (file, random) => Uint8Array.from(file, (byte) => (random.next() < 0.02 ? random.integer(256) : byte)),
  (_file, random) => Uint8Array.from({ length: random.integer(300) }, () => random.integer(256)),
]

export const damaged = (file: Uint8Array, random: Random): Uint8Array =>
  DAMAGES[random.integer(DAMAGES.length)]!(file, random)
