/** Good tables of every format, damaged a little: a dataset or a refusal that says what is wrong, and nothing kept of the refused. */
import { readdirSync } from 'node:fs'
import { createRandom, type Random } from '@fleetcast/shared/random.ts'
import { afterAll, expect, test } from 'vitest'
import { packedAs, toCsv, toNdjson, toParquet, type Reading } from './formats.ts'
import { importInto, openWorkshop } from './tables.ts'

const workshop = openWorkshop()
afterAll(workshop.remove)

const readings: readonly Reading[] = Array.from({ length: 60 }, (_, i) => ({
  station: ['ewr', 'jfk', 'sea'][i % 3]!,
  time: Date.UTC(2022, 0, 1) + Math.floor(i / 3) * 3_600_000,
  values: [5 + (i % 7), i % 5 === 0 ? null : 1, 60, 3.5, 1_010],
}))

type Damage = (file: Buffer, random: Random) => Buffer

const bytesOf = (random: Random, length: number): Buffer =>
  Buffer.from(Array.from({ length }, () => random.integer(256)))

/** Bits, bytes, cuts, repeats and blocks of nothing. */
const DAMAGES: readonly Damage[] = [
  (file, random) => {
    const out = Buffer.from(file)
    for (let i = 1 + random.integer(3); i > 0; i--) out[random.integer(out.length)]! ^= 1 << random.integer(8)
    return out
  },
  (file, random) => {
    const out = Buffer.from(file)
    out.fill([0, 0xff, 0x22, 0x2c, 0x0a][random.integer(5)]!, random.integer(out.length))
    return out
  },
  (file, random) => file.subarray(0, random.integer(file.length)),
  (file, random) => {
    const at = random.integer(file.length)
    return Buffer.concat([file.subarray(0, at), bytesOf(random, 1 + random.integer(20)), file.subarray(at)])
  },
  (file, random) => {
    const [a, b] = [random.integer(file.length), random.integer(file.length)]
    const part = file.subarray(Math.min(a, b), Math.max(a, b))
    return Buffer.concat([file.subarray(0, Math.max(a, b)), part, file.subarray(Math.max(a, b))])
  },
  // The last bytes say where a Parquet file keeps its description.
  (file, random) => {
    const out = Buffer.from(file)
    bytesOf(random, 4).copy(out, Math.max(0, out.length - 8 - random.integer(4)))
    return out
  },
]

/** Seeds that once failed are kept here and run first. */
const FAILED: readonly number[] = []
const SEEDS = [...FAILED, ...Array.from({ length: 90 }, (_, i) => 700 + i)]

test('a damaged table is a dataset or a refusal, whatever its format', { timeout: 240_000 }, async () => {
  const files = [
    Buffer.from(toCsv(readings)),
    Buffer.from(toNdjson(readings)),
    Buffer.from(await toParquet(workshop, readings)),
    Buffer.from(await toParquet(workshop, readings, 'VARCHAR')),
    Buffer.from(packedAs(toCsv(readings))),
  ]
  const digests = new Set<string>()
  let refused = 0
  for (const seed of SEEDS) {
    const random = createRandom(seed)
    const damage = DAMAGES[random.integer(DAMAGES.length)]!
    const imported = await importInto(workshop, damage(files[seed % files.length]!, random))
    if (imported.ok) digests.add(imported.value.digest)
    else {
      refused += 1
      const { code, message } = imported.error
      expect({ seed, code }).toEqual({ seed, code: expect.stringMatching(/^dataset\/[a-zA-Z]+$/) as string })
      expect(message).toMatch(/\w+ \w+/)
      expect(message.length).toBeLessThan(1_500)
      expect(message).not.toContain(workshop.folder)
    }
  }
  expect(refused).toBeGreaterThan(SEEDS.length / 4)
  const kept = readdirSync(`${workshop.folder}/datasets`)
  expect(new Set(kept.map((name) => name.slice(0, 64))).size).toBeLessThanOrEqual(digests.size)
})
