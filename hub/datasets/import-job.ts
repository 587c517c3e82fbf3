/** What the import process is told. */
import * as z from 'zod'
import { SensorChannel } from '@fleetcast/shared/recipe/recipe.ts'
import { TableMapping } from './table-mapping.ts'

export const ImportJob = z.strictObject({
  /** Holds the file `upload`; everything the job writes goes here. */
  folder: z.string(),
  recipe: z.strictObject({ channels: z.array(SensorChannel).min(1), cadenceMinutes: z.int().min(1) }),
  sites: z.array(z.strictObject({ id: z.string(), latitude: z.number(), longitude: z.number() })),
  mapping: TableMapping,
  until: z.number().nullable(),
  asOf: z.number().nullable(),
  isStored: z.boolean(),
  bytesMax: z.number(),
  memoryMb: z.number(),
  threads: z.number(),
})
export type ImportJob = z.infer<typeof ImportJob>
