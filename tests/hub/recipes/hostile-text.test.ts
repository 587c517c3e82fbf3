/** Text that nobody writes by accident: always a recipe or a refusal, its place a place of the text. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createRandom, type Random } from '@fleetcast/shared/random.ts'
import { readRecipe, RECIPE_BYTES_MAX } from '@fleetcast/hub/recipes/read-recipe.ts'
import { describe, expect, test } from 'vitest'

const shipped = readFileSync(
  fileURLToPath(new URL('../../../hub/recipes/temperature-24h.yaml', import.meta.url)),
  'utf8',
)

/** The refusal's code, after its place was found to lie in the text; null for a recipe. */
function codeOf(text: string): string | null {
  const recipe = readRecipe(text)
  if (recipe.ok) return null
  const { code, message, at } = recipe.error
  expect(message.length).toBeLessThan(2_000)
  if (code === 'recipe/tooLarge') return code
  const [line, column] = (at ?? '').split(':').map(Number)
  const lines = text.split('\n')
  expect(line).toBeGreaterThanOrEqual(1)
  expect(line).toBeLessThanOrEqual(lines.length)
  expect(column).toBeGreaterThanOrEqual(1)
  expect(column).toBeLessThanOrEqual(lines[line! - 1]!.length + 1)
  return code
}

const times = (count: number, text: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => text(i)).join('')

describe('refused without harm', () => {
  test.each([
    ['brackets in brackets', '['.repeat(60_000), 'recipe/notYaml'],
    ['maps in maps', '{a: '.repeat(15_000), 'recipe/notYaml'],
    ['sequences in sequences', '- '.repeat(30_000), 'recipe/notYaml'],
    ['keys of keys', '? '.repeat(30_000), 'recipe/notYaml'],
    ['values of values', `${'a: '.repeat(20_000)}x`, 'recipe/notYaml'],
    ['tags between the levels', `${'- !t '.repeat(12_000)}x`, 'recipe/notYaml'],
    ['levels on lines of their own', times(350, (i) => `${' '.repeat(i)}a:\n`), 'recipe/invalid'],
    ['keys without end', times(6_000, (i) => `k${i}: 1\n`), 'recipe/invalid'],
    ['one key again and again', times(6_000, () => 'a: 1\n'), 'recipe/notYaml'],
    ['commas', `[${','.repeat(20_000)}]`, 'recipe/notYaml'],
    ['aliases', `- &a 1\n${times(5_000, () => '- *a\n')}`, 'recipe/notYaml'],
    ['a value that holds itself', 'name: &a [*a]', 'recipe/invalid'],
    ['two documents', `${shipped}\n---\n${shipped}`, 'recipe/notYaml'],
    [
      'a number of five thousand digits',
      shipped.replace('Minutes: 60', `Minutes: ${'9'.repeat(5_000)}`),
      'recipe/invalid',
    ],
    ['no number', shipped.replace('Minutes: 60', 'Minutes: .nan'), 'recipe/invalid'],
    ['the key of every object', `${shipped}\n__proto__: {name: x}\n`, 'recipe/invalid'],
    ['a code point without a character', '\0', 'recipe/invalid'],
    ['half a surrogate pair', `name: \ud800`, 'recipe/invalid'],
    ['one byte too many', `#${' '.repeat(RECIPE_BYTES_MAX)}`, 'recipe/tooLarge'],
  ])('%s', (_what, text, code) => {
    expect(codeOf(text)).toBe(code)
  })
})

describe('read all the same', () => {
  test.each([
    ['a byte order mark', `\ufeff${shipped}`],
    ['lines of another system', shipped.replaceAll('\n', '\r\n')],
    ['a rule of dashes', `# ${'- '.repeat(30)}${'-'.repeat(200)}\n${shipped}`],
    ['one line of JSON', JSON.stringify(recipeOf(shipped))],
  ])('%s', (_what, text) => {
    expect(codeOf(text)).toBeNull()
  })
})

function recipeOf(text: string): unknown {
  const recipe = readRecipe(text)
  return recipe.ok ? recipe.value : null
}

test('a key that stands twice is named where it stands again', () => {
  const text = shipped.replace('windowSteps: 72', 'windowSteps: 72\nwindowSteps: 48')
  const line = text.split('\n').lastIndexOf('windowSteps: 48') + 1
  const recipe = readRecipe(text)
  expect(recipe).toMatchObject({ ok: false, error: { code: 'recipe/notYaml', at: `${line}:1` } })
  if (!recipe.ok) expect(recipe.error.message).toContain('the key windowSteps stands twice')
})

/** What makes YAML hard to read. */
const PIECES: readonly string[] = [
  ...['&a ', '*a', '<<: *a\n', '!!binary "#"', '!!str ', '!t ', '%YAML 1.1\n---\n', '---\n', '...\n'],
  ...['[', ']', '{', '}', ': ', '- ', '? ', ', ', '|\n', '>-\n', '"', "'", '#', '\t', '\r', '\n', '  '],
  ...['1e999', '-0', '0x7fffffffffffffff', '9007199254740993', '.inf', '0o17', '1_000', '~', 'null', 'yes'],
  ...['\u0000', '\u0085', '\u2028', '\u202e', '\ufeff', '\ud83d', '\ud83d\ude00', '"\\x', '"\\ud800"', 'é'],
  ...['__proto__: 1\n', 'constructor: 1\n', '? [a]\n: b\n'],
]

function mutated(random: Random): string {
  let text = shipped
  for (let edits = 1 + random.integer(5); edits > 0; edits--) {
    const at = random.integer(text.length)
    const piece = PIECES[random.integer(PIECES.length)]!.repeat(random.next() < 0.05 ? 70 : 1)
    text = text.slice(0, at) + piece + text.slice(at + random.integer(random.next() < 0.2 ? 200 : 2))
  }
  return text
}

/** Seeds that once failed are kept here and run first. */
const FAILED: readonly number[] = []

test('whatever is put in, it is a recipe or a refusal that names a place', { timeout: 60_000 }, () => {
  for (const seed of [...FAILED, ...Array.from({ length: 200 }, (_, i) => 500 + i)]) {
    const text = mutated(createRandom(seed))
    try {
      codeOf(text)
    } catch (cause) {
      throw new Error(`seed ${seed}: ${String(cause)}`, { cause })
    }
  }
})
