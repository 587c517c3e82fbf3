/** What a process of its own is asked to do, as it stands in the job file: the kinds of run, each with what it needs. */
import * as z from 'zod'

/** A model file beside the job: `file` is its name there. */
const ModelFile = z.strictObject({
  name: z.string().max(64),
  file: z.string().max(255),
  /** Event time in ms after which the model saw no row at its sites. */
  dataUntil: z.int(),
  sites: z.array(z.string().max(63)),
})
export type ModelFile = z.infer<typeof ModelFile>

export const Work = z.discriminatedUnion('kind', [
  /** Series -> a version's files. `champion`: what the gates compare with. */
  z.strictObject({ kind: z.literal('train'), champion: ModelFile.nullable() }),
])
export type Work = z.infer<typeof Work>
export type WorkKind = Work['kind']
