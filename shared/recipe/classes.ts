/** Ordered classes of a number: which one a value falls into, what a forecast of them is worth, and what it says in one word. */
import * as z from 'zod'

/** A station keeps the probabilities of every forecast until its truth comes. */
export const CLASSES_MAX = 8

export const TargetClasses = z
  .strictObject({
    /** As of an event: over the horizon's readings; left out: the value at its end. */
    of: z.enum(['sum', 'max', 'min']).optional(),
    /** Unit of the channel, rising: a value that exceeds a limit belongs to a class above it. */
    limits: z
      .array(z.number())
      .min(1)
      .max(CLASSES_MAX - 1),
    /** From the lowest class to the highest, one more than limits. */
    names: z
      .array(z.string().regex(/^[a-z][a-zA-Z0-9 -]{0,29}$/, 'a class is named in up to 30 letters'))
      .min(2)
      .max(CLASSES_MAX),
  })
  .superRefine(({ limits, names }, context) => {
    const wrong = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path, message })
    if (names.length !== limits.length + 1)
      wrong(['names'], `${limits.length} limits part ${limits.length + 1} classes: give each a name`)
    const falling = limits.findIndex((limit, i) => i > 0 && !(limit > limits[i - 1]!))
    if (falling >= 0) wrong(['limits', falling], 'limits rise, each above the one before')
    const repeated = names.findIndex((name, i) => names.indexOf(name) !== i)
    if (repeated >= 0) wrong(['names', repeated], `the class ${names[repeated]} stands twice`)
  })
export type TargetClasses = z.infer<typeof TargetClasses>

/**
 * Place of the value's class, from 0. Compared in single precision, as windows and datasets hold readings: a value on a limit is in the
 * same class wherever its label is made.
 */
export function classOf({ limits }: Pick<TargetClasses, 'limits'>, value: number): number {
  const single = Math.fround(value)
  return limits.filter((limit) => single > Math.fround(limit)).length
}

/**
 * Ranked probability score (Epstein 1969) over classes - 1, in [0, 1]: the mean of the Brier scores of "above the first limit", "above the
 * second", and so on. Proper, and a class next to the true one costs less than one far away.
 */
export function rankedProbabilityScore(probabilities: ArrayLike<number>, truth: number): number {
  const limits = probabilities.length - 1
  let [score, below] = [0, 0]
  for (let k = 0; k < limits; k++) {
    below += probabilities[k]!
    score += (below - (truth <= k ? 1 : 0)) ** 2
  }
  return score / limits
}

/** Place of the class with the highest probability; the lowest of equals. */
export function likeliestClass(probabilities: ArrayLike<number>): number {
  let best = 0
  for (let k = 1; k < probabilities.length; k++) if (probabilities[k]! > probabilities[best]!) best = k
  return best
}
