/** `signature.json`: the model's inputs and outputs, stricter than the file format itself says. */
import * as z from 'zod'
import { TargetClasses } from '../recipe/classes.ts'
import { TargetEvent } from '../recipe/target.ts'

export const ModelSignature = z.strictObject({
  schema: z.literal('fleetcast/signature/1'),
  recipe: z.string().max(63),
  cadenceMinutes: z.int().min(1),
  /** Input `window`: float32 [1, windowSteps, channels], newest row last, NaN for gaps; `time`: int64 [1, 1], seconds. */
  windowSteps: z.int().min(2),
  channels: z.array(z.string().max(40)).min(1).max(34),
  /** Output `prediction`: float32 [1, 1] in `unit`; a value outside [min, max] is a fault of the model. */
  target: z.strictObject({
    channel: z.string().max(40),
    unit: z.string().max(16),
    horizonSteps: z.int().min(1),
    min: z.number(),
    max: z.number(),
    predict: z.enum(['value', 'change']).optional(),
    event: TargetEvent.optional(),
    /** Output `probabilities`: float32 [1, classes], lowest class first; `prediction` is then the mean place, 0 for the lowest. */
    classes: TargetClasses.optional(),
    loss: z.enum(['absolute', 'squared']).optional(),
  }),
  /** Output `interval`: float32 [1, 2], lower and upper bound, holding this share of the truths. */
  interval: z.strictObject({ coverage: z.number().gt(0).lt(1) }).optional(),
})
export type ModelSignature = z.infer<typeof ModelSignature>
