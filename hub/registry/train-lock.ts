/** `train.lock`: everything that decides a run's outcome; its digest is the run key (equal key, equal model). */
import * as z from 'zod'
import { canonicalJson } from '@fleetcast/shared/crypto/canonical-json.ts'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import { DatasetDigest, Sha256 } from '@fleetcast/shared/ids.ts'

export const TrainLock = z.strictObject({
  schema: z.literal('fleetcast/train-lock/1'),
  recipeDigest: Sha256,
  dataset: DatasetDigest,
  selection: z.strictObject({
    stations: z.array(z.string()).nullable(),
    from: z.string().nullable(),
    until: z.string().nullable(),
  }),
  seed: z.int(),
  /** Digest of the trainer program itself. */
  codeDigest: Sha256,
  environment: z.strictObject({ node: z.string(), architecture: z.string(), packageLock: Sha256.nullable() }),
})
export type TrainLock = z.infer<typeof TrainLock>

export const runKeyOf = (lock: TrainLock): Sha256 => sha256(canonicalJson(lock))
