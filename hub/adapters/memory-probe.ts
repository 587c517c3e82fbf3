/** Starts the program that loads one model and says how much it grew. */
import { execFile } from 'node:child_process'
import { ok, refuse } from '@fleetcast/shared/result.ts'
import * as z from 'zod'
import type { MeasureMemory } from '../ports/model-memory.ts'

const ModelMemory = z.strictObject({ runtimeMb: z.number().min(0), modelMb: z.number().min(0) })

/** A model that takes longer does not pass the gate of its load time either. */
const ANSWER_WITHIN_MS = 60_000

/** `program`: the built `memory-probe.js`. */
export const measureMemoryWith =
  (program: string): MeasureMemory =>
  async (onnx, { windowSteps, channels }) => {
    try {
      return ok(
        ModelMemory.parse(JSON.parse(await answerOf([program, windowSteps, channels].map(String), onnx))),
      )
    } catch (cause) {
      const said = cause instanceof Error ? cause.message : String(cause)
      return refuse('memory/notMeasured', said.split('\n').slice(0, 2).join(' ').slice(0, 200))
    }
  }

function answerOf(args: readonly string[], input: Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, args, { timeout: ANSWER_WITHIN_MS }, (cause, stdout) =>
      cause === null ? resolve(stdout) : reject(cause),
    )
    // A child that ends before it has read everything says why by its exit code.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}
