/**
 * Works in a child process at low priority: data by file, progress by message, limits of time and memory. Whatever happens to the
 * child is the run's outcome and nothing else.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { ok } from '@fleetcast/shared/result.ts'
import type { Log } from '../ports/log.ts'
import { TrialReport } from '../runs/run-report.ts'
import type { Trainer, TrainerFiles, TrainerJob } from '../runs/trainer.ts'
import { hasPrlimit, runLimited, type ChildLimits } from './limited-child.ts'

export type TrainerProcessOptions = Omit<ChildLimits, 'canLimitMemory'> & {
  /** The built trainer program. */
  readonly program: string
  /** Folder for jobs; a job's folder is removed when it ends, leftovers of a crash at the start. */
  readonly folder: string
  readonly log: Pick<Log, 'warn'>
}

export async function createTrainerProcess(options: TrainerProcessOptions): Promise<Trainer> {
  const { program, folder, log, ...limits } = options
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const canLimitMemory = await hasPrlimit()
  if (!canLimitMemory)
    log.warn({}, 'prlimit (util-linux) is not there: the memory of runs is limited by the machine alone')
  return {
    perform: async (job, { onProgress, onTrial }, signal) => {
      // Never a name twice: a child that outlived a killed hub cannot write into the run that starts again.
      const jobFolder = join(folder, `${job.id}-${randomUUID()}`)
      await mkdir(jobFolder, { mode: 0o700 })
      try {
        const jobFile = await writeJob(job, jobFolder)
        const outcome = await runLimited(program, jobFile, {
          ...{ ...limits, canLimitMemory, onProgress, signal },
          onTrial: (said) => {
            const trial = TrialReport.safeParse(said)
            if (trial.success) onTrial(trial.data)
            else log.warn({ run: job.id, cause: trial.error }, 'a trial without a measure was left out')
          },
        })
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

async function readOutput(folder: string): Promise<TrainerFiles> {
  const names = await readdir(folder)
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)),
  )
}
