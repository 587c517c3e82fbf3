/** What the hub last said. The stream only says that something changed; the data are read again. */
import { computed, effect, signal, untracked } from '@preact/signals'
import type { DatasetResource } from '../api/resources/dataset.ts'
import type { DeviceDetail } from '../api/resources/device.ts'
import type { Overview } from '../api/resources/overview.ts'
import type { RecipeResource } from '../api/resources/recipe.ts'
import type { CheckResource, ComparisonResource } from '../api/resources/study.ts'
import type { RunDetail } from '../api/resources/run.ts'
import { ask, readSession, session, signedIn } from './ask.ts'

export const overview = signal<Overview | null>(null)
export const datasets = signal<readonly DatasetResource[] | null>(null)
export const device = signal<DeviceDetail | null>(null)
/** Read while a page shows them. */
export const recipes = signal<readonly RecipeResource[] | null>(null)
export const checks = signal<readonly CheckResource[] | null>(null)
export const comparisons = signal<readonly ComparisonResource[] | null>(null)
export const run = signal<RunDetail | null>(null)
/** Null while the hub answers; else the time of the last answer. */
export const lostSince = signal<number | null>(null)
export const lastAnswerAt = signal<number | null>(null)
/** The clock that relative times are read against. */
export const now = signal(Date.now())

const REFRESH_EVERY_MS = 500
const RETRY_MS = 2_000

/** The station and the run whose page is open. */
let openDevice: string | null = null
/** The page with reports that is open. */
let openReports: 'recipes' | 'models' | null = null
let openedRun: string | null = null
let isRefreshing = false
let isStale = false

export function openStation(id: string | null): void {
  if (openDevice !== id) device.value = null
  openDevice = id
  void refresh()
}

export function openReportsOf(page: string): void {
  const next = page === 'recipes' || page === 'models' ? page : null
  if (openReports === next) return
  openReports = next
  if (next !== null) void refresh()
}

async function readReports(): Promise<void> {
  if (openReports === 'models') {
    const compared = await ask<ComparisonResource[]>('/api/v1/comparisons')
    if (compared.ok) comparisons.value = compared.value
  }
  if (openReports !== 'recipes') return
  const [known, checked] = await Promise.all([
    ask<RecipeResource[]>('/api/v1/recipes'),
    ask<CheckResource[]>('/api/v1/checks'),
  ])
  if (known.ok) recipes.value = known.value
  if (checked.ok) checks.value = checked.value
}

export function openRun(id: string | null): void {
  if (openedRun !== id) run.value = null
  openedRun = id
  if (id !== null) void refresh()
}

/** Reads everything that is shown; while a read is under way a second one waits, and no more than one. */
export async function refresh(): Promise<void> {
  if (signedIn() === null) return
  if (isRefreshing) {
    isStale = true
    return
  }
  isRefreshing = true
  const [seen, sets, station, , oneRun] = await Promise.all([
    ask<Overview>('/api/v1/overview'),
    ask<DatasetResource[]>('/api/v1/datasets'),
    openDevice === null ? null : ask<DeviceDetail>(`/api/v1/devices/${encodeURIComponent(openDevice)}`),
    readReports(),
    openedRun === null ? null : ask<RunDetail>(`/api/v1/runs/${encodeURIComponent(openedRun)}`),
  ])
  if (seen.ok) {
    overview.value = seen.value
    lastAnswerAt.value = Date.now()
    lostSince.value = null
  } else if (signedIn() !== null) lostSince.value ??= lastAnswerAt.value ?? Date.now()
  if (sets.ok) datasets.value = sets.value
  if (station?.ok === true) device.value = station.value
  if (oneRun?.ok === true && oneRun.value.id === openedRun) run.value = oneRun.value
  isRefreshing = false
  if (isStale) {
    isStale = false
    setTimeout(() => void refresh(), REFRESH_EVERY_MS)
  }
}

/** Follows the hub while somebody is signed in. */
export function followHub(): void {
  setInterval(() => (now.value = Date.now()), 1_000)
  let stream: EventSource | null = null
  const connect = (): void => {
    stream?.close()
    stream = null
    if (session.value === 'asking') return void readSession().then(connectAgainUnlessKnown)
    if (signedIn() === null) return forget()
    stream = new EventSource('/api/v1/stream')
    stream.addEventListener('changed', () => void refresh())
    stream.addEventListener('open', () => void refresh())
    stream.addEventListener('error', () => {
      stream?.close()
      lostSince.value ??= lastAnswerAt.value ?? Date.now()
      // The stream does not say why it ended; this does.
      setTimeout(() => void readSession().then(connect), RETRY_MS)
    })
  }
  const connectAgainUnlessKnown = (): void => {
    if (session.value !== 'asking') return
    lostSince.value ??= Date.now()
    setTimeout(connect, RETRY_MS)
  }
  const who = computed(() => (typeof session.value === 'string' ? session.value : session.value.user))
  effect(() => {
    if (who.value !== '') untracked(connect)
  })
}

/** What one user has seen is not shown to the next. */
function forget(): void {
  overview.value = null
  datasets.value = null
  device.value = null
  recipes.value = null
  checks.value = null
  comparisons.value = null
  run.value = null
  lostSince.value = null
}
