/**
 * Trains in a child process at low priority: data by file, progress by message, a wall-clock budget, and SIGKILL after a
 * grace. Whatever happens to the child is the run's outcome and nothing else.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { err, ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { Trainer, TrainerCode, TrainerFiles, TrainerJob, TrainerProgress } from '../runs/trainer.ts'

export type TrainerProcessOptions = {
  /** The built trainer program. */
  readonly program: string
  /** Folder for jobs; a job's folder is removed when it ends. */
  readonly folder: string
  readonly minutesMax: number
}

const STOP_GRACE_MS = 3_000

export function createTrainerProcess({ program, folder, minutesMax }: TrainerProcessOptions): Trainer {
  return {
    perform: async (job, onProgress, signal) => {
      const jobFolder = join(folder, job.id)
      await rm(jobFolder, { recursive: true, force: true })
      await mkdir(jobFolder, { recursive: true })
      try {
        const jobFile = await writeJob(job, jobFolder)
        const outcome = await runChild(program, jobFile, { onProgress, signal, minutesMax })
        return outcome.ok ? ok(await readOutput(join(jobFolder, 'out'))) : outcome
      } finally {
        await rm(jobFolder, { recursive: true, force: true })
      }
    },
  }
}

async function writeJob(job: TrainerJob, folder: string): Promise<string> {
  const series = []
  for (const { site, latitude, longitude, startAt, steps, values } of job.series) {
    const file = join(folder, `${site}.f32`)
    await writeFile(file, new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    series.push({ site, latitude, longitude, startAt, steps, file })
  }
  for (const [name, bytes] of job.files ?? []) await writeFile(join(folder, basename(name)), bytes)
  const jobFile = join(folder, 'job.json')
  const { recipe, work } = job
  await writeFile(jobFile, JSON.stringify({ recipe, work, series, outDir: join(folder, 'out') }))
  return jobFile
}

type ChildOptions = {
  readonly onProgress: (progress: TrainerProgress) => void
  readonly signal: AbortSignal
  readonly minutesMax: number
}

type ChildMessage =
  | ({ readonly kind: 'progress' } & TrainerProgress)
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }

function runChild(
  program: string,
  jobFile: string,
  options: ChildOptions,
): Promise<Result<void, Refusal<TrainerCode>>> {
  const child = fork(program, [jobFile], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] })
  let failure: Refusal<TrainerCode> | null = null
  let errorText = ''
  child.stderr?.on('data', (part: Buffer) => (errorText = (errorText + part.toString()).slice(-2_000)))
  child.on('message', (message: ChildMessage) => {
    if (message.kind === 'progress') options.onProgress(message)
    if (message.kind === 'failed')
      failure = { code: 'training/refused', message: `${message.code}: ${message.message}` }
  })
  const stopWith = (refusal: Refusal<TrainerCode>): void => {
    failure = refusal
    stopChild(child)
  }
  const budget = setTimeout(
    () =>
      stopWith({
        code: 'training/timedOut',
        message: `training took longer than ${options.minutesMax} minutes`,
      }),
    options.minutesMax * 60_000,
  )
  const onAbort = (): void => stopWith({ code: 'training/cancelled', message: 'the run was cancelled' })
  options.signal.addEventListener('abort', onAbort, { once: true })
  return new Promise((resolve) => {
    child.on('error', (cause) => (failure = { code: 'training/crashed', message: cause.message }))
    child.on('close', (code, killedBy) => {
      clearTimeout(budget)
      options.signal.removeEventListener('abort', onAbort)
      if (code === 0 && failure === null) resolve(ok(undefined))
      else if (failure !== null) resolve(err(failure))
      else
        resolve(
          refuse(
            'training/crashed',
            `the trainer ended with ${killedBy ?? `code ${code}`}: ${errorText.trim().split('\n').at(-1) ?? ''}`,
          ),
        )
    })
  })
}

function stopChild(child: ChildProcess): void {
  if (child.connected) child.send({ kind: 'cancel' })
  child.kill('SIGTERM')
  setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS).unref()
}

async function readOutput(folder: string): Promise<TrainerFiles> {
  const names = await readdir(folder)
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)),
  )
}
