/** The Open Inference Protocol v2, JSON form, so that any client of KServe or Triton can ask the station's model. */
import * as z from 'zod'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { InferInput } from '../inference/infer-batch.ts'
import type { LocalAgent } from './local-agent.ts'
import { jsonAnswer, problemAnswer, type LocalAnswer } from './local-answer.ts'

const shape = z.array(z.int().min(1)).min(2).max(3)

export const InferRequest = z.strictObject({
  id: z.string().max(100).optional(),
  inputs: z
    .array(
      z.discriminatedUnion('name', [
        z.strictObject({
          name: z.literal('window'),
          shape,
          datatype: z.literal('FP32'),
          /** Row-major; null is a gap. */
          data: z.array(z.number().nullable()),
        }),
        z.strictObject({
          name: z.literal('time'),
          shape,
          datatype: z.literal('INT64'),
          /** Seconds since the epoch. */
          data: z.array(z.int()),
        }),
      ]),
    )
    .length(2),
  /** All that the model has when left out. */
  outputs: z
    .array(z.strictObject({ name: z.enum(['prediction', 'probabilities']) }))
    .max(2)
    .optional(),
})
export type InferRequest = z.infer<typeof InferRequest>

type BadShape = Refusal<'inference/badShape'>

/** JSON numbers -> buffers; shapes are checked against the data, the agent checks them against its recipe. */
export function inputOf({ inputs }: InferRequest): Result<InferInput, BadShape> {
  const window = inputs.find((input) => input.name === 'window')
  const time = inputs.find((input) => input.name === 'time')
  if (window === undefined || time === undefined)
    return refuse('inference/badShape', 'give both inputs, window and time')
  const wrong = [window, time].find((input) => input.data.length !== input.shape.reduce((a, b) => a * b, 1))
  if (wrong !== undefined)
    return refuse(
      'inference/badShape',
      `${wrong.name} has ${wrong.data.length} values, its shape says otherwise`,
    )
  const windows = Float32Array.from(window.data, (value) => value ?? Number.NaN)
  const times = BigInt64Array.from(time.data, BigInt)
  return ok({ windows, times, n: window.shape[0]! })
}

export async function answerInfer(agent: LocalAgent, request: InferRequest): Promise<LocalAnswer> {
  const input = inputOf(request)
  const output = input.ok ? await agent.infer(input.value) : input
  if (!output.ok) return problemAnswer(output.error)
  const { values, probabilities } = output.value
  const rows = values.length
  const outputs = [
    outputOf('prediction', values, rows),
    ...(probabilities === null ? [] : [outputOf('probabilities', probabilities, rows)]),
  ]
  return jsonAnswer(200, {
    model_name: agent.recipe.name,
    model_version: agent.status().serving,
    ...(request.id === undefined ? {} : { id: request.id }),
    outputs: outputs.filter(({ name }) => request.outputs?.some((one) => one.name === name) ?? true),
  })
}

const outputOf = (name: string, data: Float32Array, rows: number) => ({
  name,
  shape: [rows, data.length / rows],
  datatype: 'FP32',
  data: [...data],
})
