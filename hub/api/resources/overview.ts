/** Everything the first page needs, in one answer. */
import * as z from 'zod'
import { DeviceResource } from './device.ts'
import { ModelResource } from './model.ts'
import { RolloutResource } from './rollout.ts'
import { RunResource } from './run.ts'
import { TrustSummary } from './trust.ts'

const nullableTime = z.number().nullable()

export const EventResource = z.strictObject({
  id: z.number(),
  at: z.number(),
  eventTime: nullableTime,
  source: z.enum(['hub', 'device', 'training', 'rollout', 'dataset', 'operator']),
  subject: z.string(),
  code: z.string(),
  severity: z.enum(['info', 'warning', 'error']),
  message: z.string(),
})
export type EventResource = z.infer<typeof EventResource>

export const Overview = z.strictObject({
  hub: z.strictObject({
    version: z.string(),
    startedAt: z.number(),
    /** Newest event time of the fleet. */
    fleetTime: nullableTime,
    eventLoopP99Ms: z.number(),
    rssMb: z.number(),
    isDemo: z.boolean(),
    trust: TrustSummary,
    dataLabel: z.string(),
  }),
  devices: z.array(DeviceResource),
  rollouts: z.array(RolloutResource),
  models: z.array(ModelResource),
  runs: z.array(RunResource),
  telemetry: z.strictObject({
    accepted: z.number(),
    duplicates: z.number(),
    rejected: z.number(),
    lost: z.number(),
  }),
  events: z.array(EventResource),
})
export type Overview = z.infer<typeof Overview>
