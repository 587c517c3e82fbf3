/** Starts the program that loads one model and says how much it grew. */
import { execFile } from 'node:child_process'
import { ok, refuse } from '@fleetcast/shared/result.ts'
import * as z from 'zod'
import type { MeasureMemory } from '../ports/model-memory.ts'

const ModelMemory = z.strictObject({ runtimeMb: z.number().min(0), modelMb: z.number().min(0) })

/** A model that takes longer does not pass the gate of its load time either. */
const ANSWER_WITHIN_MS = 60_000

const SAID_MAX = 200

/** `program`: the built `memory-probe.js`. */
export const measureMemoryWith =
  (program: string): MeasureMemory =>
  async (onnx, { windowSteps, channels }) => {
    try {
      const answer = await answerOf([program, windowSteps, channels].map(String), onnx)
      return ok(ModelMemory.parse(JSON.parse(answer)))
    } catch (cause) {
      return refuse('memory/notMeasured', cause instanceof Error ? cause.message : String(cause))
    }
  }

function answerOf(args: readonly string[], input: Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { timeout: ANSWER_WITHIN_MS }
    const child = execFile(process.execPath, args, options, (cause, stdout, stderr) => {
      if (cause === null) resolve(stdout)
      else if (cause.killed === true) reject(new Error(`no answer within ${ANSWER_WITHIN_MS / 1_000} s`))
      else reject(new Error(stderr.slice(0, SAID_MAX) || `it ended with ${cause.signal ?? cause.code}`))
    })
    // A child that ends before it has read everything says why itself.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}
