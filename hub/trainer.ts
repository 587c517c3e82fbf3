/**
 * The training process: `node trainer.js JOB.json`. `--environment` instead of a job prints what it runs on. Reads series from raw float32 files, does the job's work, writes a folder of
 * results in one rename, and tells its parent how it goes. Nothing of a run that fails or is stopped stays behind.
 */
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { setPriority } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { SiteId } from '@fleetcast/shared/ids.ts'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { epochMs } from '@fleetcast/shared/units.ts'
import { ONNX_RUNTIME_VERSION, onnxRuntime } from './adapters/onnx-runtime.ts'
import { measureMemoryWith } from './adapters/memory-probe.ts'
import { isOutOfMemory } from './adapters/out-of-memory.ts'
import { tensorflow, TENSORFLOW_VERSION } from './adapters/tensorflow.ts'
import { measureEnvironment } from './adapters/train-environment.ts'
import type { StationSeries } from './datasets/station-series.ts'
import { performWork, type WorkFiles } from './runs/perform-work.ts'
import type { TrialReport } from './runs/run-report.ts'
import { Work } from './runs/work.ts'

const Job = z.strictObject({
  recipe: Recipe,
  series: z.array(
    z.strictObject({
      site: SiteId,
      latitude: z.number().min(-90).max(90),
      longitude: z.number().min(-180).max(180),
      startAt: z.int(),
      steps: z.int().min(1),
      /** Little-endian float32 [steps, sensors], row-major. */
      file: z.string(),
    }),
  ),
  work: Work,
  /** Written whole, at the end. */
  outDir: z.string(),
})
type Job = z.infer<typeof Job>

type Message =
  | { readonly kind: 'progress'; readonly stage: string; readonly fraction: number; readonly detail: string }
  | { readonly kind: 'trial'; readonly trial: TrialReport }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }

/** Behind the hub and the stations of a small machine. */
const NICENESS = 10
const PROGRESS_EVERY_MS = 250
/** Longest time between two looks at incoming messages. */
const YIELD_EVERY_MS = 50

/** To the parent where there is one, else to the terminal. */
function tell(message: Message): void {
  if (process.connected) process.send?.(message)
  else process.stderr.write(`${JSON.stringify(message)}\n`)
}

async function main(jobFile: string): Promise<Result<null, Refusal>> {
  setPriority(NICENESS)
  const stop = new AbortController()
  process.on('message', (message: { kind?: string }) => {
    if (message.kind === 'cancel') stop.abort()
  })
  process.on('disconnect', () => stop.abort())
  try {
    const job = Job.parse(JSON.parse(await readFile(jobFile, 'utf8')))
    const files = await performWork(trainPorts, job.work, {
      recipe: job.recipe,
      series: await readSeries(job),
      readFile: (name) => readFile(join(dirname(jobFile), basename(name))),
      onProgress: throttled(stop.signal),
      onTrial: (trial) => tell({ kind: 'trial', trial }),
    })
    if (!files.ok) return files
    await writeResults(job.outDir, files.value)
    return { ok: true, value: null }
  } catch (cause) {
    if (stop.signal.aborted) return refuse('training/cancelled', 'the run was cancelled')
    const message = cause instanceof Error ? cause.message : String(cause)
    return refuse(isOutOfMemory(message) ? 'training/outOfMemory' : 'training/failed', message)
  }
}

const trainPorts = {
  engine: onnxRuntime,
  network: tensorflow,
  cpuSeconds: () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  },
  elapsedMs: () => performance.now(),
  measureMemory: measureMemoryWith(fileURLToPath(new URL('./memory-probe.js', import.meta.url))),
  versions: {
    node: process.versions.node,
    onnxruntime: ONNX_RUNTIME_VERSION,
    tensorflow: TENSORFLOW_VERSION,
  },
}

/** Passes at most four messages a second on, gives the event loop a turn so that a cancel is read, and rejects after one. */
function throttled(signal: AbortSignal) {
  let [toldAt, yieldedAt] = [0, 0]
  return async (stage: string, fraction: number, detail: string): Promise<void> => {
    const now = performance.now()
    if (now - yieldedAt >= YIELD_EVERY_MS) {
      await nextTurn()
      yieldedAt = performance.now()
    }
    signal.throwIfAborted()
    if (now - toldAt < PROGRESS_EVERY_MS) return
    toldAt = now
    tell({ kind: 'progress', stage, fraction, detail })
  }
}

const readSeries = ({ recipe, series }: Job): Promise<readonly StationSeries[]> =>
  Promise.all(
    series.map(async ({ file, startAt, ...station }) => {
      const bytes = await readFile(file)
      const expected = station.steps * recipe.channels.length * 4
      if (bytes.length !== expected)
        throw new Error(`${file} has ${bytes.length} bytes, ${expected} were announced; write the job again`)
      const values = new Float32Array(Uint8Array.from(bytes).buffer)
      return { ...station, startAt: epochMs(startAt), values }
    }),
  )

/** Every file is synced before the folder gets its name. */
async function writeResults(folder: string, files: WorkFiles): Promise<void> {
  const temporary = join(dirname(folder), `.${basename(folder)}.${process.pid}`)
  await rm(temporary, { recursive: true, force: true })
  // Not recursive: when the job's folder is gone, nobody waits for these files.
  await mkdir(temporary)
  for (const [name, content] of Object.entries(files)) await writeSynced(join(temporary, name), content)
  await rm(folder, { recursive: true, force: true })
  await rename(temporary, folder)
}

async function writeSynced(path: string, content: Uint8Array | string): Promise<void> {
  const file = await open(path, 'w')
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}

const [jobFile] = process.argv.slice(2)
if (jobFile === undefined) {
  process.stderr.write('usage: node trainer.js JOB.json | --environment\n')
  process.exitCode = 2
} else if (jobFile === '--environment') {
  process.stdout.write(`${JSON.stringify(await measureEnvironment())}\n`)
} else {
  const outcome = await main(jobFile)
  tell(outcome.ok ? { kind: 'done' } : { kind: 'failed', ...outcome.error })
  process.exitCode = outcome.ok ? 0 : 1
}
if (process.connected) process.disconnect()
