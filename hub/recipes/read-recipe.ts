/** A recipe's YAML text -> a recipe, or everything that is wrong with it, each with its line and column. */
import { isMap, isScalar, LineCounter, parseDocument, visit, type Document, type Node } from 'yaml'
import type { z } from 'zod'
import { NewRecipe } from '@fleetcast/shared/recipe/new-recipe.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'

/** Twice the largest recipe that the schema allows; the parser takes a second for the worst text of this size. */
export const RECIPE_BYTES_MAX = 64 * 1024
/** Aliases may not blow a small file up into a large one. */
const ALIASES_MAX = 100
/** A recipe needs 6 levels; each costs the parser a few calls of its stack. */
const NESTING_MAX = 64
/** As many as a person reads before correcting the first ones. */
const ISSUES_SHOWN = 5
/** A message quotes keys, of any number and length. */
const MESSAGE_CHARACTERS_MAX = 300

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
  const deep = firstTooDeep(text)
  if (deep !== null)
    return refuse('recipe/notYaml', `values lie more than ${NESTING_MAX} deep in each other`, deep)
  const lines = new LineCounter()
  const placed = (offset: number, path: string, message: string): RecipeIssue => {
    const { line, col } = lines.linePos(offset)
    return { line, column: Math.max(1, col), path, message: message.slice(0, MESSAGE_CHARACTERS_MAX) }
  }
  // The parser's own check for keys that stand twice compares each with each: 20 s for what fits into a recipe.
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    logLevel: 'error',
  })
  const errors =
    document.errors.length > 0
      ? document.errors.map(({ pos: [at], message }) => ({ at, message }))
      : repeatedKeys(document)
  if (errors.length > 0)
    return refused(
      'recipe/notYaml',
      errors.map(({ at, message }) => placed(at, '', message)),
    )
  const value = valueOf(document)
  if (!value.ok) return refused('recipe/notYaml', [placed(0, '', value.error)])
  const parsed = NewRecipe.safeParse(value.value)
  if (parsed.success) return ok(parsed.data)
  return refused(
    'recipe/invalid',
    parsed.error.issues
      .map((issue) => placed(offsetOf(document, issue), issue.path.join('.'), messageOf(issue)))
      .sort((a, b) => a.line - b.line || a.column - b.column),
  )
}

/**
 * `line:column` of what opens one level too many: brackets, or dashes, question marks and colons (before a space) of one line outside of brackets.
 * Those inside of texts count as well. Levels begun on lines of their own are as few as their indentation lets fit.
 */
function firstTooDeep(text: string): string | null {
  let depth = 0
  for (const [i, line] of text.split('\n').entries()) {
    let marks = 0
    for (let at = 0; at < line.length; at++) {
      const char = line[at]!
      if (char === '[' || char === '{') depth += 1
      else if (char === ']' || char === '}') depth = Math.max(0, depth - 1)
      else if (depth === 0 && MARKS.has(char) && /\s/.test(line[at + 1] ?? ' ')) marks += 1
      if (depth > NESTING_MAX || marks > NESTING_MAX) return `${i + 1}:${at + 1}`
    }
  }
  return null
}

const MARKS: ReadonlySet<string> = new Set('-?:')

function repeatedKeys(document: Document): readonly { readonly at: number; readonly message: string }[] {
  const repeated: { readonly at: number; readonly message: string }[] = []
  visit(document, {
    Map: (_, map) => {
      const seen = new Set<unknown>()
      for (const { key } of map.items) {
        if (!isScalar(key)) continue
        if (seen.has(key.value))
          repeated.push({ at: key.range?.[0] ?? 0, message: `the key ${String(key.value)} stands twice` })
        seen.add(key.value)
      }
    },
  })
  return repeated
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
