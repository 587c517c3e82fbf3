/** Real files of other makers' exporters, read, run as they came, and with what their own library predicted. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as ort from 'onnxruntime-node'
import { readModel, type ReadModel } from '../../../hub/onnx/read-model.ts'

export const MADE_ELSEWHERE = [
  'torch-mlp',
  'torch-mlp-opset13',
  'torch-gru',
  'torch-lstm-opset11',
  'sklearn-linear',
  'sklearn-forest',
  'sklearn-boosting',
  'sklearn-classifier',
] as const
export type MadeElsewhere = (typeof MADE_ELSEWHERE)[number]

const path = (name: string): string => fileURLToPath(new URL(`made-elsewhere/${name}`, import.meta.url))

export const bytesOf = (name: MadeElsewhere): Uint8Array =>
  Uint8Array.from(readFileSync(path(`${name}.onnx`)))

export function modelOf(name: MadeElsewhere): ReadModel {
  const read = readModel(bytesOf(name))
  if (!read.ok) throw new Error(`${name}: ${read.error.message}`)
  return read.value
}

type Numbers = readonly (number | null)[]

/** Row-major; null stands for NaN. */
export type Expected = {
  readonly inputs: Readonly<Record<string, { readonly dims: readonly number[]; readonly values: Numbers }>>
  readonly outputs: Readonly<Record<string, Numbers>>
}

export const expectedOf = (name: MadeElsewhere): Expected =>
  (JSON.parse(readFileSync(path('expected.json'), 'utf8')) as Record<string, Expected>)[name]!

export const floats = (values: Numbers): Float32Array =>
  Float32Array.from(values, (value) => value ?? Number.NaN)

/** The file as it came, on float32 inputs [rows, ...]. */
export async function runOriginal(
  bytes: Uint8Array,
  inputs: Readonly<Record<string, { readonly dims: readonly number[]; readonly values: Float32Array }>>,
): Promise<Readonly<Record<string, Float32Array>>> {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3, intraOpNumThreads: 1 })
  const feeds = Object.entries(inputs).map(
    ([name, { dims, values }]) => [name, new ort.Tensor('float32', values, dims)] as const,
  )
  const outputs = await session.run(Object.fromEntries(feeds))
  await session.release()
  return Object.fromEntries(
    Object.entries(outputs).map(([name, tensor]) => [name, tensor.data as Float32Array]),
  )
}
