import type { InferenceSession, ModelBatch } from '@fleetcast/hub/ports/inference-engine.ts'

const WARM_UP = 200
const RUNS = 4_000

/** Median microseconds of one run, the batches in turn; closes the session. */
export async function medianLatency(
  session: InferenceSession,
  batches: readonly ModelBatch[],
): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < WARM_UP + RUNS; i++) {
    const startedAt = process.hrtime.bigint()
    await session.run(batches[i % batches.length]!)
    if (i >= WARM_UP) times.push(Number(process.hrtime.bigint() - startedAt) / 1_000)
  }
  await session.close()
  return times.sort((a, b) => a - b)[times.length >> 1]!
}
