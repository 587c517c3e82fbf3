/** A recipe's YAML text -> a recipe, or everything that is wrong with it, each with its line and column. */
import { isMap, isScalar, LineCounter, parseDocument, type Document, type Node } from 'yaml'
import type { z } from 'zod'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'

export const RECIPE_BYTES_MAX = 256 * 1024
/** Aliases may not blow a small file up into a large one. */
const ALIASES_MAX = 100
/** As many as a person reads before correcting the first ones. */
const ISSUES_SHOWN = 5

export type RecipeIssue = {
  /** Both count from 1. */
  readonly line: number
  readonly column: number
  /** `channels.0.max`, empty for the document itself. */
  readonly path: string
  readonly message: string
}

export type RecipeCode = 'recipe/tooLarge' | 'recipe/notYaml' | 'recipe/invalid'

/** The refusal names the first issues; `at` is the first one's `line:column`. */
export function readRecipe(text: string): Result<Recipe, Refusal<RecipeCode>> {
  if (Buffer.byteLength(text) > RECIPE_BYTES_MAX)
    return refuse('recipe/tooLarge', `a recipe has at most ${RECIPE_BYTES_MAX} bytes`)
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const placed = (offset: number, path: string, message: string): RecipeIssue => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col, path, message }
  }
  if (document.errors.length > 0)
    return refused(
      'recipe/notYaml',
      document.errors.map((error) => placed(error.pos[0], '', error.message)),
    )
  const value = valueOf(document)
  if (!value.ok) return refused('recipe/notYaml', [placed(0, '', value.error)])
  const parsed = Recipe.safeParse(value.value)
  if (parsed.success) return ok(parsed.data)
  return refused(
    'recipe/invalid',
    parsed.error.issues
      .map((issue) => placed(offsetOf(document, issue), issue.path.join('.'), messageOf(issue)))
      .sort((a, b) => a.line - b.line || a.column - b.column),
  )
}

function valueOf(document: Document): Result<unknown, string> {
  try {
    return ok(document.toJS({ maxAliasCount: ALIASES_MAX }))
  } catch (cause) {
    return { ok: false, error: cause instanceof Error ? cause.message : String(cause) }
  }
}

const messageOf = (issue: z.core.$ZodIssue): string =>
  issue.code === 'unrecognized_keys'
    ? `there is no such key: ${issue.keys.join(', ')}`
    : issue.code === 'invalid_union'
      ? (issue.errors.flat()[0]?.message ?? issue.message)
      : issue.message

/** Where the issue stands: its own node, the unknown key, or the nearest parent there is. */
function offsetOf(document: Document, issue: z.core.$ZodIssue): number {
  for (let path = [...issue.path]; ; path = path.slice(0, -1)) {
    const node = path.length === 0 ? document.contents : document.getIn(path, true)
    if (isNode(node)) return keyOffset(node, issue) ?? node.range?.[0] ?? 0
    if (path.length === 0) return 0
  }
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'range' in value

function keyOffset(node: Node, issue: z.core.$ZodIssue): number | undefined {
  if (issue.code !== 'unrecognized_keys' || !isMap(node)) return undefined
  const pair = node.items.find(({ key }) => isScalar(key) && issue.keys.includes(String(key.value)))
  return isScalar(pair?.key) ? pair.key.range?.[0] : undefined
}

function refused(code: RecipeCode, issues: readonly RecipeIssue[]): Result<never, Refusal<RecipeCode>> {
  const shown = issues
    .slice(0, ISSUES_SHOWN)
    .map(
      ({ line, column, path, message }) =>
        `line ${line}, column ${column}: ${path === '' ? '' : `${path}: `}${message}`,
    )
  const more = issues.length > ISSUES_SHOWN ? [`and ${issues.length - ISSUES_SHOWN} more`] : []
  const [first] = issues
  return refuse(code, [...shown, ...more].join('; '), `${first?.line ?? 1}:${first?.column ?? 1}`)
}
