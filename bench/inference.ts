/**
 * What the agent adds to a forecast: window building and its inference stage over bare ONNX Runtime with ready tensors on
 * the same model, taken in turns within one run.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { onnxEngine } from '@fleetcast/agent/adapters/onnx-engine.ts'
import { systemClock } from '@fleetcast/agent/adapters/system-clock.ts'
import { forecastStation, type ActiveModels } from '@fleetcast/agent/inference/forecast-station.ts'
import { createStationWindow } from '@fleetcast/agent/inference/station-window.ts'
import { addRow, noReadings } from '@fleetcast/agent/readings/recent-readings.ts'
import { ReferenceProfile } from '@fleetcast/shared/sketches/reference-profile.ts'
import { ModelSignature } from '@fleetcast/shared/bundle/model-signature.ts'
import { windowChannels, type Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { BenchRow } from './bench-row.ts'
import { createFleetAuthority } from '../tests/hub/devices/fleet-authority.ts'
import { createBenchStation, HIDDEN, type BenchStation } from './bench-station.ts'

const WARM_UP = 500
const RUNS = 6_000

type Path = () => Promise<unknown>

export async function benchInference(print: (row: BenchRow) => void): Promise<void> {
  const station = await createBenchStation('mqtts://127.0.0.1:8883', await createFleetAuthority())
  const bare = await barePath(station)
  const agent = await agentPath(station)
  const bareMs: number[] = []
  const agentMs: number[] = []
  for (let run = -WARM_UP; run < RUNS; run++) {
    // Every other run in the other order: neither path always finds the caches warm.
    const inTurn = [
      { path: bare, into: bareMs },
      { path: agent, into: agentMs },
    ]
    for (const { path, into } of run % 2 === 0 ? inTurn : inTurn.toReversed()) {
      const taken = await timeOf(path)
      if (run >= 0) into.push(taken)
    }
  }
  report({ bareMs, agentMs }, print)
}

async function timeOf(path: Path): Promise<number> {
  const startedAt = performance.now()
  await path()
  return performance.now() - startedAt
}

function report(
  { bareMs, agentMs }: { bareMs: readonly number[]; agentMs: readonly number[] },
  print: (row: BenchRow) => void,
): void {
  const network = `network 504-${HIDDEN.join('-')}-1, ${RUNS} runs each in turns, Node ${process.versions.node}`
  const against = 'bare onnxruntime-node with ready tensors, same model, same run'
  for (const [metric, share] of [
    ['p50Ratio', 0.5],
    ['p99Ratio', 0.99],
  ] as const) {
    const [bare, agent] = [quantile(bareMs, share) * 1_000, quantile(agentMs, share) * 1_000]
    const conditions = `${network}; ${agent.toFixed(0)} us against ${bare.toFixed(0)} us`
    print({ bench: 'inference', metric, value: round(agent / bare), unit: 'ratio', against, conditions })
  }
}

const round = (value: number): number => Math.round(value * 1_000) / 1_000

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))]!

async function barePath({ model, enrolment }: BenchStation): Promise<Path> {
  const { windowSteps } = enrolment.recipe
  const channels = windowChannels(enrolment.recipe).length
  const session = await InferenceSession.create(model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
  })
  const window = new Tensor('float32', new Float32Array(windowSteps * channels).fill(1), [
    1,
    windowSteps,
    channels,
  ])
  const feeds = { window, time: new Tensor('int64', BigInt64Array.of(0n), [1, 1]) }
  return async () => await session.run(feeds)
}

async function agentPath({ model, enrolment, bundle }: BenchStation): Promise<Path> {
  const { recipe } = enrolment
  const read = <T>(schema: { parse: (value: unknown) => T }, at: number): T =>
    schema.parse(JSON.parse(new TextDecoder().decode(bundle.blobs[at])))
  const serving = {
    digest: bundle.digest,
    signature: read(ModelSignature, 1),
    profile: read(ReferenceProfile, 2),
    session: await onnxEngine.load(model),
  }
  const active: ActiveModels = { serving, fallback: null, candidate: null }
  const window = createStationWindow(recipe, enrolment)
  const rows = readingRows(recipe)
  let step = 0
  let recent = noReadings(recipe.windowSteps, recipe.channels.length)
  return async () => {
    recent = addRow(recent, ++step, rows[step % rows.length]!)
    return await forecastStation(systemClock, active, { batch: window(recent, step), baseline: 1 })
  }
}

const readingRows = (recipe: Recipe): readonly (readonly number[])[] =>
  Array.from({ length: 97 }, (_, i) => recipe.channels.map((__, k) => 10 + Math.sin(i / 7 + k)))
