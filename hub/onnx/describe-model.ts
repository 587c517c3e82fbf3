/** What a runtime must know to run a file: operator sets and operators, as the file itself says. */
import * as z from 'zod'
import { readModel } from './read-model.ts'

/** `ai.onnx` stands for the domain that files write as an empty name. */
const STANDARD_DOMAIN = 'ai.onnx'

export const ModelFormat = z.strictObject({
  irVersion: z.int().min(1),
  /** Version by domain. */
  opsets: z.record(z.string().max(60), z.int().min(1)),
  /** Sorted by domain and name. */
  operators: z
    .array(
      z.strictObject({ domain: z.string().max(60), operator: z.string().max(60), count: z.int().min(1) }),
    )
    .max(400),
})
export type ModelFormat = z.infer<typeof ModelFormat>

/** Null for a file that is not read: a model from elsewhere may be too large together with the features in front of it. */
export function describeModel(onnx: Uint8Array): ModelFormat | null {
  const read = readModel(onnx)
  if (!read.ok) return null
  const { irVersion, opsets, operators } = read.value
  return {
    irVersion,
    opsets: Object.fromEntries(
      Object.entries(opsets).map(([domain, version]) => [domainName(domain), version]),
    ),
    operators: operators.map(({ domain, operator, count }) => ({
      domain: domainName(domain),
      operator,
      count,
    })),
  }
}

const domainName = (domain: string): string => (domain === '' ? STANDARD_DOMAIN : domain)
