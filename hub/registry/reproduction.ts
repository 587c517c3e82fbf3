/** Did a run come out the same again? Digests first; where bits may differ, the test error decides. Pure. */
import * as z from 'zod'
import { Sha256 } from '@fleetcast/shared/ids.ts'
import { Determinism, type RunOut, type StoredLock, type TrainInputs } from './train-lock.ts'

/**
 * identical: every file, bit for bit · withinTolerance: not the same bytes, where that was not promised, and the test error moved by
 * half a percent at most · different: anything else.
 */
export const Reproduction = z.strictObject({
  of: z.string(),
  verdict: z.enum(['identical', 'withinTolerance', 'different']),
  /** The verdict with its reasons in words. */
  text: z.string(),
  determinism: Determinism,
  machineClass: z.strictObject({ before: z.string(), after: z.string() }),
  /** What of the code and its surroundings is not as it was. */
  differences: z.array(z.strictObject({ what: z.string(), before: z.string(), after: z.string() })),
  files: z.array(
    z.strictObject({
      name: z.string(),
      before: Sha256.nullable(),
      after: Sha256.nullable(),
      isEqual: z.boolean(),
    }),
  ),
  /** Mean absolute errors on the test rows, units of the target. */
  testMae: z.strictObject({ before: z.number(), after: z.number() }),
})
export type Reproduction = z.infer<typeof Reproduction>

type Outcome = { readonly outs: readonly RunOut[]; readonly testMae: number }

export type ReproductionInput = {
  readonly of: string
  readonly lock: StoredLock
  readonly before: Outcome
  readonly after: Outcome & { readonly inputs: TrainInputs }
}

/** Share of the test error. */
const TOLERANCE = 0.005

export function judgeReproduction({ of, lock, before, after }: ReproductionInput): Reproduction {
  const lockedInputs = lock.schema === 'fleetcast/train-lock/2' ? lock.inputs : lock
  const files = compareFiles(before.outs, after.outs)
  const differences = differencesOf(lockedInputs, after.inputs)
  // An older lock does not say on which processor it was, so it promises no bits.
  const determinism = lock.schema === 'fleetcast/train-lock/2' ? after.inputs.determinism : 'tolerance'
  const isIdentical = files.every(({ isEqual }) => isEqual)
  const mayDiffer = determinism === 'tolerance' || differences.length > 0
  const moved = Math.abs(after.testMae - before.testMae) / Math.max(before.testMae, Number.MIN_VALUE)
  const isClose = moved <= TOLERANCE
  const verdict = isIdentical ? 'identical' : mayDiffer && isClose ? 'withinTolerance' : 'different'
  const result = {
    of,
    verdict,
    determinism,
    machineClass: {
      before: machineClassOf(lockedInputs.environment),
      after: machineClassOf(after.inputs.environment),
    },
    differences,
    files,
    testMae: { before: before.testMae, after: after.testMae },
  } as const
  return { ...result, text: textOf(result, moved) }
}

function compareFiles(before: readonly RunOut[], after: readonly RunOut[]): Reproduction['files'] {
  const names = [...new Set([...before, ...after].map(({ name }) => name))]
  const digestIn = (outs: readonly RunOut[], wanted: string): Sha256 | null =>
    outs.find(({ name }) => name === wanted)?.digest ?? null
  return names.map((name) => {
    const [was, is] = [digestIn(before, name), digestIn(after, name)]
    return { name, before: was, after: is, isEqual: was === is }
  })
}

type Surroundings = Pick<TrainInputs, 'codeDigest'> &
  Partial<Pick<TrainInputs, 'qualityRules' | 'split'>> & { readonly environment: object }

/** Code and surroundings only, as far as the lock knows them: recipe, data and seed of a reproduction are those of its run. */
function differencesOf(locked: Surroundings, after: TrainInputs): Reproduction['differences'] {
  const flat = ({ codeDigest, environment, qualityRules, split }: Surroundings): Record<string, unknown> => ({
    codeDigest,
    ...environment,
    ...(qualityRules === undefined ? {} : { qualityRules }),
    ...split,
  })
  const today = flat(after)
  return Object.entries(flat(locked)).flatMap(([what, was]) =>
    was === today[what] ? [] : [{ what, before: String(was), after: String(today[what]) }],
  )
}

/** What bits may depend on: `x64 avx2`. Older locks do not know the class of the processor. */
const machineClassOf = (environment: {
  readonly architecture: string
  readonly cpu?: string | null
}): string => [environment.architecture, environment.cpu ?? ''].join(' ').trim()

function textOf(result: Omit<Reproduction, 'text'>, moved: number): string {
  const { verdict, differences, files, testMae, determinism } = result
  const changed = differences.map(
    ({ what, before, after }) => `${what} ${short(before)} before, ${short(after)} now`,
  )
  const since = changed.length === 0 ? '' : `; changed since: ${changed.join('; ')}`
  if (verdict === 'identical') return `every file came out the same, bit for bit${since}`
  const other = files.filter(({ isEqual }) => !isEqual).map(({ name }) => name)
  const error = `the test error is ${testMae.after.toFixed(4)} instead of ${testMae.before.toFixed(4)} (${(100 * moved).toFixed(2)} % off)`
  const why =
    determinism === 'tolerance' && changed.length === 0 ? '; its lock promises no equal bits' : since
  if (verdict === 'withinTolerance')
    return `${other.join(', ')} came out otherwise, as they may, and ${error}, within ${100 * TOLERANCE} %${why}`
  return changed.length === 0 && determinism === 'bitwise'
    ? `${other.join(', ')} came out otherwise although code and machine are the same; ${error}`
    : `${other.join(', ')} came out otherwise and ${error}, more than ${100 * TOLERANCE} %${why}`
}

const short = (value: string): string => (/^[0-9a-f]{64}$/.test(value) ? value.slice(0, 12) : value)
