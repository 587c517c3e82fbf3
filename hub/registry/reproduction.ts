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
  machineClass: z.strictObject({ then: z.string(), now: z.string() }),
  /** What of the code and its surroundings is not as it was. */
  differences: z.array(z.strictObject({ what: z.string(), then: z.string(), now: z.string() })),
  files: z.array(
    z.strictObject({
      name: z.string(),
      then: Sha256.nullable(),
      now: Sha256.nullable(),
      isEqual: z.boolean(),
    }),
  ),
  /** Mean absolute errors on the test rows, units of the target. */
  testMae: z.strictObject({ then: z.number(), now: z.number() }),
})
export type Reproduction = z.infer<typeof Reproduction>

type Outcome = { readonly outs: readonly RunOut[]; readonly testMae: number }

export type ReproductionInput = {
  readonly of: string
  readonly lock: StoredLock
  readonly then: Outcome
  readonly now: Outcome & { readonly inputs: TrainInputs }
}

/** Share of the test error. */
const TOLERANCE = 0.005

export function judgeReproduction({ of, lock, then, now }: ReproductionInput): Reproduction {
  const before = lock.schema === 'fleetcast/train-lock/2' ? lock.inputs : lock
  const files = compareFiles(then.outs, now.outs)
  const differences = differencesOf(before, now.inputs)
  // An older lock does not say on which processor it was, so it promises no bits.
  const determinism = lock.schema === 'fleetcast/train-lock/2' ? now.inputs.determinism : 'tolerance'
  const isIdentical = files.every(({ isEqual }) => isEqual)
  const mayDiffer = determinism === 'tolerance' || differences.length > 0
  const moved = Math.abs(now.testMae - then.testMae) / Math.max(then.testMae, Number.MIN_VALUE)
  const isClose = moved <= TOLERANCE
  const verdict = isIdentical ? 'identical' : mayDiffer && isClose ? 'withinTolerance' : 'different'
  const result = {
    of,
    verdict,
    determinism,
    machineClass: { then: machineClassOf(before.environment), now: machineClassOf(now.inputs.environment) },
    differences,
    files,
    testMae: { then: then.testMae, now: now.testMae },
  } as const
  return { ...result, text: textOf(result, moved) }
}

function compareFiles(then: readonly RunOut[], now: readonly RunOut[]): Reproduction['files'] {
  const names = [...new Set([...then, ...now].map(({ name }) => name))]
  const digestIn = (outs: readonly RunOut[], wanted: string): Sha256 | null =>
    outs.find(({ name }) => name === wanted)?.digest ?? null
  return names.map((name) => {
    const [before, after] = [digestIn(then, name), digestIn(now, name)]
    return { name, then: before, now: after, isEqual: before === after }
  })
}

/** Code and surroundings only: recipe, data and seed of a reproduction are those of its run. */
function differencesOf(
  before: Pick<TrainInputs, 'codeDigest'> & { readonly environment: object },
  now: TrainInputs,
): Reproduction['differences'] {
  const flat = (of: typeof before): Record<string, unknown> => ({
    codeDigest: of.codeDigest,
    ...of.environment,
    ...('qualityRules' in of
      ? { qualityRules: of.qualityRules, split: JSON.stringify(of['split' as never]) }
      : {}),
  })
  const after = flat(now)
  return Object.entries(flat(before)).flatMap(([what, was]) =>
    was === after[what] ? [] : [{ what, then: String(was), now: String(after[what]) }],
  )
}

/** What bits may depend on: `x64 avx2`. Older locks do not know the class of the processor. */
const machineClassOf = (environment: {
  readonly architecture: string
  readonly cpu?: string | null
}): string => [environment.architecture, environment.cpu ?? ''].join(' ').trim()

function textOf(result: Omit<Reproduction, 'text'>, moved: number): string {
  const { verdict, differences, files, testMae, determinism } = result
  const changed = differences.map(({ what, then, now }) => `${what} ${short(then)} then, ${short(now)} now`)
  const since = changed.length === 0 ? '' : `; changed since: ${changed.join('; ')}`
  if (verdict === 'identical') return `every file came out the same, bit for bit${since}`
  const other = files.filter(({ isEqual }) => !isEqual).map(({ name }) => name)
  const error = `the test error is ${testMae.now.toFixed(4)} instead of ${testMae.then.toFixed(4)} (${(100 * moved).toFixed(2)} % off)`
  const why =
    determinism === 'tolerance' && changed.length === 0 ? '; its lock promises no equal bits' : since
  if (verdict === 'withinTolerance')
    return `${other.join(', ')} came out otherwise, as they may, and ${error}, within ${100 * TOLERANCE} %${why}`
  return changed.length === 0 && determinism === 'bitwise'
    ? `${other.join(', ')} came out otherwise although code and machine are the same; ${error}`
    : `${other.join(', ')} came out otherwise and ${error}, more than ${100 * TOLERANCE} %${why}`
}

const short = (value: string): string => (/^[0-9a-f]{64}$/.test(value) ? value.slice(0, 12) : value)
