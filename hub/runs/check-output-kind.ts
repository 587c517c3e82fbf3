/** Does what a model made elsewhere gives, as its signature says, fit what the recipe asks for? */
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { TargetSpec } from '@fleetcast/shared/recipe/target.ts'
import { refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { ImportSignature } from '../onnx/import-signature.ts'

type OutputKind = ImportSignature['output']['kind']

/** Null where it fits. */
export function checkOutputKind(
  { name, target }: Pick<Recipe, 'name' | 'target'>,
  { output: { kind } }: Pick<ImportSignature, 'output'>,
): Result<never, Refusal<'import/outputKind'>> | null {
  const { what, kinds } = askedBy(target)
  if (kinds.includes(kind)) return null
  return refuse(
    'import/outputKind',
    `${name} asks for ${what}; the signature says that the model gives ${GIVEN[kind]}: where it gives the former say ${kinds.join(' or ')}, else import it for another recipe`,
    'output.kind',
  )
}

const GIVEN: Readonly<Record<OutputKind, string>> = {
  value: 'a value',
  change: 'a change',
  probability: 'one probability',
  probabilities: 'the probabilities of classes',
}

function askedBy({ event, classes }: TargetSpec): {
  readonly what: string
  readonly kinds: readonly OutputKind[]
} {
  if (classes !== undefined)
    return { what: `the probability of each of ${classes.names.length} classes`, kinds: ['probabilities'] }
  if (event !== undefined) return { what: 'the probability of an event', kinds: ['probability'] }
  return { what: 'a number', kinds: ['value', 'change'] }
}
