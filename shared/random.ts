/**
 * Seeded random numbers: xoshiro128** seeded by splitmix32 (Blackman & Vigna 2018). Integer arithmetic only,
 * so the same seed gives the same sequence on every platform. Generators are forked by name: a new draw in one
 * place disturbs no other.
 */
export type Random = {
  /** Uniform in [0, 1). */
  readonly next: () => number
  /** Uniform integer in [0, n). */
  readonly integer: (n: number) => number
  /** Standard normal (Box-Muller). */
  readonly normal: () => number
  /** An independent generator that depends on this generator's seed and the name alone. */
  readonly fork: (name: string) => Random
}

export function createRandom(seed: number): Random {
  const state = seedState(seed)
  const next = (): number => nextUint32(state) / 4_294_967_296
  return {
    next,
    integer: (n) => Math.floor(next() * n),
    normal: () => Math.sqrt(-2 * Math.log(next() + 1e-12)) * Math.cos(2 * Math.PI * next()),
    fork: (name) => createRandom(hashName(seed, name)),
  }
}

function seedState(seed: number): Uint32Array {
  let x = seed >>> 0
  const splitmix = (): number => {
    x = (x + 0x9e3779b9) >>> 0
    let z = x
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return (z ^ (z >>> 16)) >>> 0
  }
  return Uint32Array.of(splitmix(), splitmix(), splitmix(), splitmix())
}

function nextUint32(s: Uint32Array): number {
  const m = Math.imul(s[1]!, 5)
  const result = Math.imul((m << 7) | (m >>> 25), 9) >>> 0
  const t = s[1]! << 9
  s[2]! ^= s[0]!
  s[3]! ^= s[1]!
  s[1]! ^= s[2]!
  s[0]! ^= s[3]!
  s[2]! ^= t
  s[3] = (s[3]! << 11) | (s[3]! >>> 21)
  return result
}

/** FNV-1a over the seed and the name. */
function hashName(seed: number, name: string): number {
  let h = (0x811c9dc5 ^ seed) >>> 0
  for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193) >>> 0
  return h
}
