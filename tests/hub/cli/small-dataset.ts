/** A hub with the small recipe, two sites and a dataset of made-up weather. */
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { DatasetResource } from '../../../hub/api/resources/dataset.ts'
import { bearer, JSON_TYPE } from '../api/hub-process.ts'
import type { RunningHub } from '../running-hub.ts'
import { syntheticSeries } from '../runs/synthetic-series.ts'

const SITES = ['alpha', 'beta']

/** Answers with the dataset's digest. */
export async function addSmallDataset(hub: RunningHub, recipe: Recipe, hours: number): Promise<string> {
  await put(hub, '/api/v1/recipes/small', recipe)
  for (const site of SITES) await put(hub, `/api/v1/sites/${site}`, { latitude: 47, longitude: 9 })
  const uploaded = await fetch(urlOf(hub, '/api/v1/datasets?recipe=small&name=made-up'), {
    ...{ method: 'POST', headers: bearer(hub.token), body: madeUpTable(hours) },
  })
  return ((await uploaded.json()) as DatasetResource).digest
}

const urlOf = ({ httpPort }: RunningHub, path: string): string => `http://127.0.0.1:${httpPort}${path}`

const put = (hub: RunningHub, path: string, body: unknown): Promise<Response> =>
  fetch(urlOf(hub, path), {
    method: 'PUT',
    headers: { ...JSON_TYPE, ...bearer(hub.token) },
    body: JSON.stringify(body),
  })

function madeUpTable(hours: number): string {
  const lines = SITES.flatMap((name, i) => {
    const { values, startAt } = syntheticSeries(name, hours, i + 1)
    const cell = (x: number): string => (Number.isNaN(x) ? '' : x.toFixed(2))
    return Array.from({ length: hours }, (_, step) => {
      const time = new Date(startAt + step * 3_600_000).toISOString()
      return `${name},${time},${cell(values[2 * step]!)},${cell(values[2 * step + 1]!)}`
    })
  })
  return `${['station,time_utc,temperature,pressure', ...lines].join('\n')}\n`
}
