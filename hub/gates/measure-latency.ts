/** How long one window takes in the runtime, one thread, on the machine that trains; a device has its own budget at its self-test. */
import { windowChannels, type Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { StationSeries } from '../datasets/station-series.ts'
import type { InferenceEngine } from '../ports/inference-engine.ts'
import { windowBatch, type Samples } from '../training/build-samples.ts'

export type LatencyPorts = {
  readonly engine: InferenceEngine
  /** Monotonic, fractions of a millisecond included. */
  readonly elapsedMs: () => number
}

export type LatencyInput = {
  readonly recipe: Recipe
  readonly series: readonly StationSeries[]
  readonly onnx: Uint8Array
  readonly rows: Pick<Samples, 'seriesIndex' | 'step' | 'timeSeconds'>
}

export type Latency = { readonly p50Ms: number; readonly p95Ms: number; readonly n: number }

const WARM_UP = 20
const RUNS = 200

export async function measureLatency(
  { engine, elapsedMs }: LatencyPorts,
  { recipe, series, onnx, rows }: LatencyInput,
): Promise<Latency> {
  const channels = windowChannels(recipe).length
  const session = await engine.load(onnx, { windowSteps: recipe.windowSteps, channels })
  const taken: number[] = []
  for (let run = 0; run < WARM_UP + RUNS; run++) {
    const batch = windowBatch({ recipe, series }, rows, { start: run % rows.step.length, count: 1 })
    const startedAt = elapsedMs()
    await session.run(batch)
    if (run >= WARM_UP) taken.push(elapsedMs() - startedAt)
  }
  await session.close()
  const sorted = taken.sort((a, b) => a - b)
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1]!
  return { p50Ms: at(0.5), p95Ms: at(0.95), n: RUNS }
}
