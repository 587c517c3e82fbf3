/** A hub with two stations, nine months of made-up weather, and recipes that train in seconds or in minutes. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { createRandom } from '@fleetcast/shared/random.ts'
import type { DatasetResource } from '../../../hub/api/resources/dataset.ts'
import type { RunDetail, StartedRunResource } from '../../../hub/api/resources/run.ts'
import { bearer, JSON_TYPE } from '../api/hub-process.ts'
import { row, table } from '../datasets/tables.ts'
import { eventually } from '../../e2e/programs.ts'

export const STATIONS = ['ewr', 'jfk'] as const
const HOURS = 270 * 24

/** `quick`: one ridge, a second or two · `slow`: minutes, unless something ends it · `compact`: one network in bytes · `searched`: three trials. */
const RECIPES = {
  quick: { algorithms: ['ridge'], seed: 7 },
  medium: { algorithms: ['ridge', 'gbdt', 'mlp'], seed: 7 },
  slow: { algorithms: ['gbdt'], seed: 7, search: { trials: 64, folds: 4 } },
  compact: { algorithms: ['mlp'], seed: 7, export: { weights: 'int8' } },
  searched: { algorithms: ['ridge', 'gbdt'], seed: 7, search: { trials: 3, folds: 2 } },
}

export type Answer<T> = { readonly status: number; readonly body: T & { readonly code?: string } }

export type FilledHub = {
  readonly dataset: string
  readonly get: <T>(path: string) => Promise<T>
  readonly send: <T>(method: string, path: string, body: unknown) => Promise<Answer<T>>
  readonly train: (recipe: keyof typeof RECIPES, more?: object) => Promise<Answer<StartedRunResource>>
  /** Waits until the run is as wanted; by default until it has ended. */
  readonly until: (id: string, isDone?: (run: RunDetail) => boolean) => Promise<RunDetail>
}

type Address = { readonly port: number; readonly token: string }

/** Speaks to the hub at this moment's address, which may move when it restarts. */
export async function fillHub(address: () => Address): Promise<FilledHub> {
  const ask = async <T>(path: string, init: RequestInit = {}): Promise<Answer<T>> => {
    const { port, token } = address()
    const headers = { ...bearer(token), ...(init.headers as object) }
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { ...init, headers })
    return { status: answer.status, body: (await answer.json()) as Answer<T>['body'] }
  }
  const send: FilledHub['send'] = (method, path, body) =>
    ask(path, { method, headers: JSON_TYPE, body: JSON.stringify(body) })
  const get = async <T>(path: string): Promise<T> => (await ask<T>(path)).body
  for (const [i, station] of STATIONS.entries())
    await send('PUT', `/api/v1/sites/${station}`, { latitude: 40.6 + i / 10, longitude: -74 })
  const shipped = parse(readFileSync('hub/recipes/temperature-24h.yaml', 'utf8')) as object
  for (const [name, training] of Object.entries(RECIPES))
    await send('PUT', `/api/v1/recipes/${name}`, { ...shipped, name, training })
  const uploaded = await ask<DatasetResource>('/api/v1/datasets?recipe=quick&name=history', {
    method: 'POST',
    body: weather(),
  })
  const dataset = uploaded.body.digest
  return {
    ...{ dataset, get, send },
    train: (recipe, more = {}) => send('POST', '/api/v1/runs', { dataset, recipe, ...more }),
    until: (id, isDone = ({ endedAt }) => endedAt !== null) =>
      eventually(() => get<RunDetail>(`/api/v1/runs/${id}`), isDone, 90),
  }
}

function weather(): string {
  const random = createRandom(11)
  return table(
    ...STATIONS.flatMap((station, i) =>
      Array.from({ length: HOURS }, (_, hour) => {
        const day = 6 * Math.sin((2 * Math.PI * hour) / 24)
        const year = 8 * Math.sin((2 * Math.PI * hour) / 8_766)
        return row(station.toUpperCase(), hour, 8 + i + day + year + random.normal())
      }),
    ),
  )
}
