import type { Brand } from './brand.ts'

/** Milliseconds since the Unix epoch. Event time comes from a sensor; wall time comes from a clock that may be wrong. */
export type EpochMs = Brand<number, 'EpochMs'>

/** Elapsed milliseconds; never negative. */
export type DurationMs = Brand<number, 'DurationMs'>

/** A UTC day, `YYYY-MM-DD`: the unit of analysis of all evidence. */
export type UtcDay = Brand<string, 'UtcDay'>

export const epochMs = (n: number): EpochMs => n as EpochMs
export const ms = (n: number): DurationMs => n as DurationMs
export const seconds = (n: number): DurationMs => ms(n * 1_000)
export const minutes = (n: number): DurationMs => ms(n * 60_000)
export const hours = (n: number): DurationMs => ms(n * 3_600_000)
export const days = (n: number): DurationMs => hours(n * 24)

export const HOUR_MS: DurationMs = hours(1)
export const DAY_MS: DurationMs = days(1)

export const addMs = (at: EpochMs, by: number): EpochMs => (at + by) as EpochMs

/** The UTC day that holds the instant. */
export const epochMsToUtcDay = (at: EpochMs): UtcDay => new Date(at).toISOString().slice(0, 10) as UtcDay

/** `2022-03-05T14Z`: an event hour as people read it. */
export const epochMsToHourText = (at: EpochMs): string => `${new Date(at).toISOString().slice(0, 13)}Z`
