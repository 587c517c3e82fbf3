import type { EpochMs } from '@fleetcast/shared/units.ts'

/** Raw values by channel; null: the sensor gave nothing. */
export type ChannelValues = Readonly<Record<string, number | null>>

/** What a station's sensors measured at an instant of the axis; null when there was no reading at all. */
export type ReadingSource = { readonly readingAt: (device: string, at: EpochMs) => ChannelValues | null }
