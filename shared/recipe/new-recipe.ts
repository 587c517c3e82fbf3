/**
 * What a recipe must keep to when it is written or applied. `Recipe` alone does not ask for it: hubs and stations hold recipes
 * that were taken before these rules, and go on with them.
 */
import { MONITORING_DEFAULT, Recipe, SKILL_DAYS_MIN, windowChannels } from './recipe.ts'

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

function contradictions({ channels, rollout, monitoring, retraining }: Recipe): readonly Issue[] {
  const { daysMin, daysMax } = rollout
  const { days } = monitoring ?? MONITORING_DEFAULT
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
  const closed = `a stage is closed after daysMax, ${daysMax} days; make daysMin at most that`
  const unseen = `a fallen skill is told from luck on ${SKILL_DAYS_MIN} days at least, and monitoring.days is ${days}: make that longer, or leave skillBelow out`
  return [
    ...empty,
    ...(daysMin > daysMax ? [{ path: ['rollout', 'daysMin'], message: closed }] : []),
    ...(retraining?.skillBelow !== undefined && days < SKILL_DAYS_MIN
      ? [{ path: ['retraining', 'skillBelow'], message: unseen }]
      : []),
  ]
}
