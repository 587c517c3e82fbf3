/**
 * What a recipe must keep to when it is written or applied. `Recipe` alone does not ask for it: hubs and stations hold recipes
 * that were taken before these rules, and go on with them.
 */
import { Recipe, windowChannels } from './recipe.ts'

type Issue = { readonly path: readonly (string | number)[]; readonly message: string }

export const NewRecipe = Recipe.superRefine((recipe, context) => {
  for (const { path, message } of [...repetitions(recipe), ...contradictions(recipe)])
    context.addIssue({ code: 'custom', path: [...path], message })
})

function repetitions(recipe: Recipe): readonly Issue[] {
  const { channels, training, rollout } = recipe
  return [
    ...repeated(windowChannels(recipe), (i) =>
      i < channels.length ? ['channels', i, 'name'] : ['siteChannels', i - channels.length],
    ),
    ...repeated(training.algorithms, (i) => ['training', 'algorithms', i]),
    ...repeated(
      rollout.stages.map(({ name }) => name),
      (i) => ['rollout', 'stages', i, 'name'],
    ),
  ]
}

const repeated = (names: readonly string[], pathOf: (place: number) => Issue['path']): readonly Issue[] =>
  names.flatMap((name, i) =>
    names.indexOf(name) === i
      ? []
      : [{ path: pathOf(i), message: `${name} stands here a second time; take one out or rename it` }],
  )

function contradictions({ channels, rollout: { daysMin, daysMax } }: Recipe): readonly Issue[] {
  const empty = channels.flatMap(({ name, min, max }, i): Issue[] =>
    min < max
      ? []
      : [
          {
            path: ['channels', i, 'min'],
            message: `no value of ${name} lies between min ${min} and max ${max}`,
          },
        ],
  )
  if (daysMin <= daysMax) return empty
  const message = `a stage is closed after daysMax, ${daysMax} days; make daysMin at most that`
  return [...empty, { path: ['rollout', 'daysMin'], message }]
}
