/**
 * A program of ours as a child under limits: its memory by RLIMIT_DATA, its time by the clock. `--max-old-space-size` would not do:
 * typed arrays and WebAssembly lie outside V8's heap. What it only reserves does not count, so wasm's guard regions are free.
 */
import { execFile, fork, type ChildProcess } from 'node:child_process'
import { promisify } from 'node:util'
import { err, ok, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { TrainerCode, TrainerProgress } from '../runs/trainer.ts'
import { isOutOfMemory } from './out-of-memory.ts'

export type ChildLimits = {
  readonly minutesMax: number
  /** Private writable memory, heap and everything else together. */
  readonly memoryMbMax: number
  /** False where there is no `prlimit`: then only the machine's own memory is the limit. */
  readonly canLimitMemory: boolean
}

export type ChildOptions = ChildLimits & {
  readonly onProgress: (progress: TrainerProgress) => void
  /** As the child said it. */
  readonly onTrial: (trial: unknown) => void
  readonly signal: AbortSignal
}

type ChildMessage =
  | ({ readonly kind: 'progress' } & TrainerProgress)
  | { readonly kind: 'trial'; readonly trial: unknown }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }

/** A part of util-linux, so nearly every Linux has it; no other system does. */
export async function hasPrlimit(): Promise<boolean> {
  try {
    await promisify(execFile)('prlimit', ['--version'])
    return true
  } catch {
    return false // whatever is wrong with it, memory cannot be limited here
  }
}

/** Runs `node PROGRAM JOBFILE` until it ends; whatever happens to it is the answer. */
export function runLimited(
  program: string,
  jobFile: string,
  options: ChildOptions,
): Promise<Result<void, Refusal<TrainerCode>>> {
  if (options.signal.aborted) return Promise.resolve(CANCELLED)
  const child = forkLimited(program, jobFile, options)
  let failure: Refusal<TrainerCode> | null = null
  let errorText = ''
  child.stderr?.on('data', (part: Buffer) => (errorText = (errorText + part.toString()).slice(-4_000)))
  child.on('message', (message: ChildMessage) => {
    if (message.kind === 'progress') options.onProgress(message)
    if (message.kind === 'trial') options.onTrial(message.trial)
    if (message.kind === 'failed') failure ??= refusalOf(message, options)
  })
  const stopWith = (refusal: Refusal<TrainerCode>): void => {
    failure = refusal
    stopChild(child)
  }
  const { minutesMax } = options
  const budget = setTimeout(
    () => stopWith({ code: 'training/timedOut', message: `the run took longer than ${minutesMax} minutes` }),
    minutesMax * 60_000,
  )
  const onAbort = (): void => stopWith(CANCELLED.error)
  options.signal.addEventListener('abort', onAbort, { once: true })
  return new Promise((resolve) => {
    child.on('error', (cause) => (failure = { code: 'training/crashed', message: cause.message }))
    child.on('close', (code, killedBy) => {
      clearTimeout(budget)
      options.signal.removeEventListener('abort', onAbort)
      if (failure !== null) resolve(err(failure))
      else if (code === 0) resolve(ok(undefined))
      else resolve(err(crashOf(killedBy ?? `code ${code}`, errorText, options)))
    })
  })
}

/** `prlimit` becomes the program itself, so the limit holds from its first byte and the process id stays. */
const forkLimited = (
  program: string,
  jobFile: string,
  { canLimitMemory, memoryMbMax }: ChildLimits,
): ChildProcess =>
  fork(program, [jobFile], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    ...(canLimitMemory
      ? { execPath: 'prlimit', execArgv: [`--data=${memoryMbMax * 1_048_576}`, process.execPath] }
      : { execArgv: [] }),
  })

const CANCELLED = {
  ok: false,
  error: { code: 'training/cancelled', message: 'the run was cancelled' },
} as const

const outOfMemory = ({ memoryMbMax, canLimitMemory }: ChildLimits): Refusal<TrainerCode> => ({
  code: 'training/outOfMemory',
  message: canLimitMemory
    ? `the run needs more memory than the ${memoryMbMax} MB it may use; select fewer stations or a shorter time, or start the hub with a larger --train-memory-mb`
    : 'the run needs more memory than this machine gives it; select fewer stations or a shorter time',
})

function refusalOf(
  { code, message }: { readonly code: string; readonly message: string },
  limits: ChildLimits,
): Refusal<TrainerCode> {
  if (code === 'training/outOfMemory') return outOfMemory(limits)
  return { code: 'training/refused', message: `${code}: ${message}` }
}

function crashOf(ending: string, errorText: string, limits: ChildLimits): Refusal<TrainerCode> {
  if (isOutOfMemory(errorText)) return outOfMemory(limits)
  // V8 frames what it says last in lines of signs.
  const said = errorText.split('\n').findLast((line) => /\w/.test(line)) ?? 'without a word'
  return { code: 'training/crashed', message: `the trainer ended with ${ending}: ${said}` }
}

const ASK_GRACE_MS = 1_000
const STOP_GRACE_MS = 3_000

/** Asks first, then SIGTERM, then SIGKILL. */
function stopChild(child: ChildProcess): void {
  if (child.connected) child.send({ kind: 'cancel' })
  const terminate = setTimeout(() => child.kill('SIGTERM'), ASK_GRACE_MS)
  const kill = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS)
  child.once('close', () => {
    clearTimeout(terminate)
    clearTimeout(kill)
  })
}
