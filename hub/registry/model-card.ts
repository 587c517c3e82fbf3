/** `card.md`: written from the run's own report, never by hand (sections after Mitchell et al. 2019). */
import { shortDigest } from '@fleetcast/shared/ids.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { RunReport } from '../runs/run-report.ts'

export function modelCard({
  recipe,
  trainedOn,
  dataset,
  report,
}: {
  recipe: Recipe
  trainedOn: string
  dataset: string
  report: RunReport
}): string {
  const unit = recipe.channels.find((channel) => channel.name === recipe.target.channel)?.unit ?? ''
  const hours = (recipe.target.horizonSteps * recipe.cadenceMinutes) / 60
  const value = (mae: number): string => `${mae.toFixed(3)} ${unit}`
  return [
    `# ${recipe.title}`,
    '',
    `Predicts ${recipe.target.channel} ${hours} h ahead from the last ${recipe.windowSteps} readings. Algorithm: ${report.algorithm}.`,
    '',
    '## Training data',
    `Dataset ${shortDigest(dataset)}, ${trainedOn}, ${report.rows} rows.`,
    '',
    '## Held-out accuracy (mean absolute error on the same rows)',
    `- this model: ${value(report.testMae)}`,
    `- persistence: ${value(report.persistenceMae)}`,
    `- seasonal persistence: ${value(report.seasonalPersistenceMae)}`,
    `- climatology: ${value(report.climatologyMae)}`,
    '',
    '## By site',
    ...report.bySite.map(
      (site) =>
        `- ${site.site}: ${value(site.mae)} beside persistence ${value(site.persistenceMae)} (${site.n} rows)`,
    ),
    '',
    '## Limits',
    'Judged on its training period only. A station proves it on its own later readings before it may serve there.',
    '',
  ].join('\n')
}
