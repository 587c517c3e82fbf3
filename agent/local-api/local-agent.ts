/** What the local API needs of an agent. */
import type { StatusRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import type { Refusal, Result } from '@fleetcast/shared/result.ts'
import type { ForecastServed } from '../inference/forecast-served.ts'
import type { InferCode, InferInput } from '../inference/infer-batch.ts'
import type { Predictions } from '../ports/inference-engine.ts'
import type { Reading, ReadingCode } from '../readings/reading.ts'

/** Counts since the start of the process. */
export type StationMetrics = {
  readonly readings: number
  readonly readingsRefused: number
  readonly servedByModel: number
  readonly servedByBaseline: number
  readonly unanswered: number
  readonly modelFaults: number
  readonly ordersRefused: number
  /** Looks at the two repositories, and those that the transport did not let end. */
  readonly trustChecks: number
  readonly trustChecksFailed: number
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
  readonly infer: (input: InferInput) => Promise<Result<Predictions, Refusal<InferCode>>>
  readonly status: () => StatusRecord
  readonly metrics: () => StationMetrics
  /** Why the station gives no forecasts at all; null when it gives them. */
  readonly halt: () => Refusal<'trust/revoked'> | null
}
