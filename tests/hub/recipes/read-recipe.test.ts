import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { NewRecipe } from '@fleetcast/shared/recipe/new-recipe.ts'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readRecipes } from '@fleetcast/hub/adapters/recipe-files.ts'
import { diffRecipes } from '@fleetcast/hub/recipes/diff-recipes.ts'
import { readRecipe } from '@fleetcast/hub/recipes/read-recipe.ts'
import { recipeJsonSchema } from '@fleetcast/hub/recipes/recipe-json-schema.ts'

let text = ''
beforeAll(async () => {
  text = await readFile(
    fileURLToPath(new URL('../../../hub/recipes/temperature-24h.yaml', import.meta.url)),
    'utf8',
  )
})

const refusalOf = (yaml: string) => {
  const recipe = readRecipe(yaml)
  return recipe.ok ? null : recipe.error
}

describe('reading a recipe', () => {
  test('the shipped one is read', () => {
    expect(readRecipe(text)).toMatchObject({ ok: true, value: { name: 'temperature-24h', windowSteps: 72 } })
  })

  test('all that come with the hub are read', async () => {
    const folder = fileURLToPath(new URL('../../../hub/recipes', import.meta.url))
    expect((await readRecipes(folder)).length).toBeGreaterThanOrEqual(8)
  })

  test('a wrong value is named with its line and column', () => {
    const wrong = text.replace('cadenceMinutes: 60', 'cadenceMinutes: sixty')
    expect(refusalOf(wrong)).toMatchObject({ code: 'recipe/invalid', at: '5:17' })
    expect(refusalOf(wrong)!.message).toContain('line 5, column 17: cadenceMinutes')
  })

  test('a key that does not exist is pointed at, not the map around it', () => {
    const wrong = text.replace('alpha: 0.05', 'alfa: 0.05')
    const line = wrong.split('\n').findIndex((one) => one.includes('alfa')) + 1
    expect(refusalOf(wrong)!.message).toContain(`line ${line}, column 3: rollout: there is no such key: alfa`)
  })

  test('a missing key is reported at its parent', () => {
    const wrong = text.replace(
      'target: { channel: temperature, horizonSteps: 24 }',
      'target: { channel: temperature }',
    )
    expect(refusalOf(wrong)!.message).toMatch(/line 13, column 9: target\.horizonSteps/)
  })

  test('several issues come in the order of their lines', () => {
    const wrong = text
      .replace('windowSteps: 72', 'windowSteps: 1')
      .replace('cadenceMinutes: 60', 'cadenceMinutes: 0')
    const { message } = refusalOf(wrong)!
    expect(message.indexOf('cadenceMinutes')).toBeLessThan(message.indexOf('windowSteps'))
  })

  const more = (name: string) =>
    `  - { name: ${name}, unit: C, column: other, min: 0, max: 1, stepMax: 1, flatlineReadings: null }\nsiteChannels`
  // `^` stands where the refusal has to point.
  test.each([
    ['an algorithm twice', '[ridge, gbdt, mlp]', '[ridge, gbdt, ^ridge]'],
    ['a channel twice', 'siteChannels', more('^humidity')],
    ['a site channel twice', '[latitude, longitude]\n', '[latitude, ^latitude]\n'],
    ['a site channel that a sensor is named after', 'siteChannels: [l', more('latitude') + ': [^l'],
    ['limits with nothing between them', 'min: -60, max: 60', 'min: ^60, max: 60'],
    ['more days at least than at most', 'daysMin: 21', 'daysMin: ^151'],
    [
      'a skill limit on too few days',
      'retraining: { afterDays: 365, skillBelow: 0',
      'monitoring: { days: 19, verifiedForecastsMin: 9 }\nretraining: { afterDays: 365, skillBelow: ^0',
    ],
    ['a stage twice', 'name: familiar', 'name: ^canary'],
  ])('%s is pointed at', (_what, before, after) => {
    const marked = text.replace(before, after)
    const [above = ''] = marked.split('^')
    const place = `${above.split('\n').length}:${above.length - above.lastIndexOf('\n')}`
    const refusal = refusalOf(marked.replace('^', ''))
    expect(refusal).toMatchObject({ code: 'recipe/invalid', at: place })
  })

  test('what an older hub has taken in is still a recipe', () => {
    const stored = parse(text.replace('[ridge, gbdt, mlp]', '[ridge, ridge]')) as unknown
    expect(Recipe.safeParse(stored).success).toBe(true)
    expect(NewRecipe.safeParse(stored).success).toBe(false)
  })

  test.each([
    ['a syntax error', 'name: [unclosed', 'recipe/notYaml'],
    ['a key twice', 'name: a\nname: b', 'recipe/notYaml'],
    ['an alias bomb', bomb(), 'recipe/notYaml'],
    ['nothing', '', 'recipe/invalid'],
    ['another kind of document', '- 1\n- 2', 'recipe/invalid'],
    ['too much', `# ${'x'.repeat(300_000)}`, 'recipe/tooLarge'],
  ])('%s is refused with a code and a place', (_what, yaml, code) => {
    expect(refusalOf(yaml)).toMatchObject({ code })
  })

  test('whatever is cut out or put in, it is a recipe or a refusal that names a place', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(40), fc.string({ maxLength: 20 }), (at, length, inserted) => {
        const from = at % text.length
        const edited = text.slice(0, from) + inserted + text.slice(from + length)
        const recipe = readRecipe(edited)
        if (!recipe.ok) expect(recipe.error.at).toMatch(/^\d+:\d+$/)
      }),
      { seed: 4, numRuns: 400 },
    )
  })
})

/** Ten levels of ten aliases each would be ten thousand million values. */
function bomb(): string {
  const levels = Array.from(
    { length: 9 },
    (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(', ')}]`,
  )
  return ['l0: &l0 [x]', ...levels].join('\n')
}

describe('two recipes', () => {
  test('differ where values differ, and say what a station would feel', () => {
    const before = readRecipe(text)
    const after = readRecipe(text.replace('alpha: 0.05', 'alpha: 0.01').replace('max: 60,', 'max: 55,'))
    if (!before.ok || !after.ok) throw new Error('both are recipes')
    expect(diffRecipes(before.value, before.value)).toEqual([])
    expect(diffRecipes(before.value, after.value)).toEqual([
      { path: 'channels.0.max', before: '60', after: '55', isShape: true },
      { path: 'rollout.alpha', before: '0.05', after: '0.01', isShape: false },
    ])
  })
})

test('the JSON Schema names every key that a recipe must have', () => {
  const schema = recipeJsonSchema() as { required: string[]; properties: object }
  expect(schema.required).toContain('target')
  expect(Object.keys(schema.properties)).toContain('rollout')
})
