/** What the author of a model made elsewhere says of it: how its inputs come from a recipe's window, and what its output means. */
import * as z from 'zod'
import { SiteId } from '@fleetcast/shared/ids.ts'
import { FeatureSpec } from '@fleetcast/shared/recipe/features.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'

const valueName = z.string().min(1).max(200)
/** Of an output with several, from 0. */
const outputColumn = z.int().min(0).max(1_023)

const ImportBound = z.strictObject({ name: valueName, column: outputColumn.optional() })

export const ImportColumn = z.strictObject({
  /** The model's input of this name, where it has one for each column; else only for people. */
  name: valueName,
  feature: FeatureSpec,
  /** Which of the features it is, from 0, where `feature` makes several: 0 sine, 1 cosine; 0 lowest, 1 highest, 2 range. */
  take: z.int().min(0).max(63).optional(),
})
export type ImportColumn = z.infer<typeof ImportColumn>

const SaidByAuthor = z.strictObject({
  schema: z.literal('fleetcast/import-signature/1'),
  recipe: z.string().min(1).max(63),
  input: z.discriminatedUnion('kind', [
    /** One input [N, columns] or one [N, 1] a column, float32 or float64. What is missing comes as NaN. */
    z.strictObject({ kind: z.literal('columns'), columns: z.array(ImportColumn).min(1).max(512) }),
    /** The recipe's window [N, windowSteps, channels], newest row last, NaN for gaps; and maybe its time, int64 seconds [N, 1]. */
    z.strictObject({
      kind: z.literal('window'),
      inputName: valueName.default('window'),
      timeName: valueName.optional(),
    }),
  ]),
  output: z.strictObject({
    name: valueName,
    /** The forecast itself, its change from the newest value, the probability of the event, or of every class, lowest class first. */
    kind: z.enum(['value', 'change', 'probability', 'probabilities']),
    /** Of two probabilities the second when absent. */
    column: outputColumn.optional(),
  }),
  /** Outputs that bound the forecast, as values or changes like itself; this share of the truths is to lie between them. */
  interval: z
    .strictObject({ coverage: z.number().min(0.5).max(0.99), lower: ImportBound, upper: ImportBound })
    .optional(),
  /** No row of its training lies before this event time; from the beginning when absent. */
  trainedFrom: z.iso.datetime().optional(),
  /** No row of its training lies after this event time: only later days count as evidence. */
  trainedUntil: z.iso.datetime(),
  trainedOn: z.strictObject({
    sites: z.array(SiteId).min(1).max(4_096),
    /** Where the rows came from, in the author's words. */
    dataset: z.string().min(1).max(400).optional(),
  }),
  author: z.string().min(1).max(200),
  description: z.string().max(4_000),
})

export const ImportSignature = SaidByAuthor.superRefine((said, context) => {
  const { trainedFrom, trainedUntil, interval, output } = said
  const issue = (message: string, ...path: readonly string[]): void =>
    context.addIssue({ code: 'custom', message, path: [...path] })
  if (trainedFrom !== undefined && Date.parse(trainedFrom) > Date.parse(trainedUntil))
    issue('is later than trainedUntil', 'trainedFrom')
  if (interval !== undefined && output.kind === 'probability')
    issue('a probability has no interval; leave it out', 'interval')
  if (output.kind !== 'probabilities') return
  if (interval !== undefined) issue('probabilities have no interval; leave it out', 'interval')
  if (output.column !== undefined)
    issue('every column is the probability of a class; leave it out', 'output', 'column')
})
export type ImportSignature = z.infer<typeof ImportSignature>

export type SignatureCode = 'import/signatureTooLarge' | 'import/signatureInvalid'

export const SIGNATURE_BYTES_MAX = 256 * 1024
const ISSUES_SHOWN = 5
/** A message quotes keys, of any length. */
const MESSAGE_CHARACTERS_MAX = 300

/** JSON text -> signature; a refusal names the keys that are wrong, the first of them in `at`. */
export function readImportSignature(text: string): Result<ImportSignature, Refusal<SignatureCode>> {
  if (Buffer.byteLength(text) > SIGNATURE_BYTES_MAX)
    return refuse('import/signatureTooLarge', `a signature has at most ${SIGNATURE_BYTES_MAX} bytes`)
  const value = parseJson(text)
  if (!value.ok) return refuse('import/signatureInvalid', `the signature is no JSON: ${value.error}`)
  const parsed = ImportSignature.safeParse(value.value)
  if (parsed.success) return ok(parsed.data)
  const issues = parsed.error.issues.slice(0, ISSUES_SHOWN).map(({ path, message }) => ({
    path: path.join('.'),
    message: message.slice(0, MESSAGE_CHARACTERS_MAX),
  }))
  return refuse(
    'import/signatureInvalid',
    issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; '),
    issues[0]?.path,
  )
}

function parseJson(text: string): Result<unknown, string> {
  try {
    return ok(JSON.parse(text) as unknown)
  } catch (cause) {
    return { ok: false, error: cause instanceof Error ? cause.message : String(cause) }
  }
}
