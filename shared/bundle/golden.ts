/** `golden.json`: inputs with expected outputs, run on the device before a bundle may serve (onnxruntime#13638). */
import * as z from 'zod'

export const Golden = z.strictObject({
  schema: z.literal('fleetcast/golden/1'),
  windowSteps: z.int().min(2),
  channels: z.int().min(1),
  /** Largest accepted |output - expected|, in units of the target. */
  tolerance: z.number().positive(),
  vectors: z
    .array(
      z.strictObject({
        /** Little-endian float32 [windowSteps, channels], row-major; NaN for gaps. */
        windowBase64: z.string().max(200_000),
        timeSeconds: z.int(),
        expected: z.number(),
      }),
    )
    .min(1)
    .max(64),
})
export type Golden = z.infer<typeof Golden>
