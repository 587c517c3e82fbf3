/** What the local API needs of an agent. */
import type { BundleDigest } from '@fleetcast/shared/ids.ts'
import type { StatusRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import type { Refusal, Result } from '@fleetcast/shared/result.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import type { Reading, ReadingCode } from '../readings/reading.ts'

/** The station's own forecast; `model` null: persistence. */
export type ForecastServed = {
  readonly issuedAt: EpochMs
  readonly targetAt: EpochMs
  readonly value: number
  readonly unit: string
  readonly model: BundleDigest | null
}

/** Row-major windows [n, windowSteps, channels] and their times in seconds. */
export type InferInput = { readonly windows: Float32Array; readonly times: BigInt64Array; readonly n: number }
export type InferCode = 'inference/noModel' | 'inference/badShape' | 'inference/exception'

/** Counts since the start of the process. */
export type StationMetrics = {
  readonly readings: number
  readonly readingsRefused: number
  readonly servedByModel: number
  readonly servedByBaseline: number
  readonly unanswered: number
  readonly modelFaults: number
  readonly ordersRefused: number
  readonly messagesDropped: number
  readonly spooled: number
  readonly spoolDropped: number
  readonly isConnected: boolean
}

export type LocalAgent = {
  readonly recipe: {
    readonly name: string
    readonly windowSteps: number
    readonly channels: readonly string[]
  }
  readonly observe: (reading: Reading) => Promise<Result<ForecastServed | null, Refusal<ReadingCode>>>
  readonly infer: (input: InferInput) => Promise<Result<Float32Array, Refusal<InferCode>>>
  readonly status: () => StatusRecord
  readonly metrics: () => StationMetrics
}
