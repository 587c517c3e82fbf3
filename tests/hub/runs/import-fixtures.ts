/** A recipe and a signature that a model made elsewhere comes with. */
import { ImportSignature } from '../../../hub/onnx/import-signature.ts'
import { smallRecipe } from '../features/small-recipe.ts'

export const recipe = smallRecipe()
export const constants = { centers: [10, 1_000, 45, 10], anchorFill: 10 }
/** Six columns of the recipe's window, two of one feature. */
export const COLUMNS = [
  { name: 'now', feature: { lag: 'temperature', steps: [0] } },
  { name: 'day', feature: { difference: 'temperature', steps: [24] } },
  { name: 'sine', feature: { calendar: ['day'], harmonics: 1 }, take: 0 },
  { name: 'highest', feature: { range: 'temperature', steps: [6] }, take: 1 },
  { name: 'cosine', feature: { calendar: ['day'], harmonics: 1 }, take: 1 },
  { name: 'mean', feature: { mean: 'temperature', steps: [24] } },
] as const

export const signatureOf = (change: object): ImportSignature =>
  ImportSignature.parse({
    schema: 'fleetcast/import-signature/1',
    recipe: 'small',
    input: { kind: 'columns', columns: COLUMNS },
    output: { name: 'y', kind: 'value' },
    trainedUntil: '2024-01-01T00:00:00Z',
    trainedOn: { sites: ['north'] },
    author: 'somebody',
    description: '',
    ...change,
  })
