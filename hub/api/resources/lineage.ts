/** Where models come from and where they are. Times are event times in milliseconds; a period's ends are its first and last row. */
import * as z from 'zod'

/** `from` is null where only the end is known: from the beginning. */
const period = z.strictObject({ from: z.number().nullable(), until: z.number() })
const role = z.enum(['serving', 'candidate', 'installed'])

export const VersionLineageResource = z.strictObject({
  recipe: z.string(),
  version: z.number(),
  digest: z.string(),
  /** Of a version that the registry has deleted; it still explains the predictions of its time. */
  deletedAt: z.number().nullable(),
  run: z.string().nullable(),
  dataset: z.strictObject({ digest: z.string(), name: z.string() }).nullable(),
  /** Of a model that was made elsewhere; `trainedOn` is then what its author said. */
  elsewhere: z.strictObject({ author: z.string(), dataset: z.string().nullable() }).nullable(),
  trainedOn: z.array(z.strictObject({ station: z.string(), periods: z.array(period) })),
  devices: z.array(z.strictObject({ device: z.string(), site: z.string(), role })),
})
export type VersionLineageResource = z.infer<typeof VersionLineageResource>

export const DatasetLineageResource = z.strictObject({
  digest: z.string(),
  name: z.string(),
  runs: z.array(z.strictObject({ id: z.string(), state: z.string(), version: z.number().nullable() })),
  versions: z.array(VersionLineageResource),
})
export type DatasetLineageResource = z.infer<typeof DatasetLineageResource>

export const DeviceLineageResource = z.strictObject({
  device: z.string(),
  versions: z.array(VersionLineageResource.extend({ role })),
})
export type DeviceLineageResource = z.infer<typeof DeviceLineageResource>

export const RecallResource = z.array(VersionLineageResource.extend({ shared: z.array(period) }))
export type RecallResource = z.infer<typeof RecallResource>
