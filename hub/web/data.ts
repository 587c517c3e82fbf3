/** What the hub last said. The stream only says that something changed; the data are read again. */
import { signal } from '@preact/signals'
import type { DatasetResource } from '../api/resources/dataset.ts'
import type { DeviceDetail } from '../api/resources/device.ts'
import type { Overview } from '../api/resources/overview.ts'
import type { Problem } from '../api/resources/problem.ts'

export const overview = signal<Overview | null>(null)
export const datasets = signal<readonly DatasetResource[] | null>(null)
export const device = signal<DeviceDetail | null>(null)
/** Null while the hub answers; else the time of the last answer. */
export const lostSince = signal<number | null>(null)
export const lastAnswerAt = signal<number | null>(null)
/** The clock that relative times are read against. */
export const now = signal(Date.now())

const REFRESH_EVERY_MS = 500
const RETRY_MS = 2_000

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string }

export async function ask<T>(path: string, body?: unknown): Promise<Outcome<T>> {
  try {
    const init =
      body === undefined
        ? {}
        : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const response = await fetch(path, init)
    const answer: unknown = await response.json()
    if (response.ok) return { ok: true, value: answer as T }
    const problem = answer as Problem
    return { ok: false, problem: `${problem.detail} (${problem.code})` }
  } catch {
    return { ok: false, problem: 'the hub does not answer' }
  }
}

/** The station whose page is open. */
let openDevice: string | null = null
let isRefreshing = false
let isStale = false

export function openStation(id: string | null): void {
  if (openDevice !== id) device.value = null
  openDevice = id
  void refresh()
}

/** Reads everything that is shown; while a read is under way a second one waits, and no more than one. */
export async function refresh(): Promise<void> {
  if (isRefreshing) {
    isStale = true
    return
  }
  isRefreshing = true
  const [seen, sets, station] = await Promise.all([
    ask<Overview>('/api/v1/overview'),
    ask<DatasetResource[]>('/api/v1/datasets'),
    openDevice === null ? null : ask<DeviceDetail>(`/api/v1/devices/${encodeURIComponent(openDevice)}`),
  ])
  if (seen.ok) {
    overview.value = seen.value
    lastAnswerAt.value = Date.now()
    lostSince.value = null
  } else lostSince.value ??= lastAnswerAt.value ?? Date.now()
  if (sets.ok) datasets.value = sets.value
  if (station?.ok === true) device.value = station.value
  isRefreshing = false
  if (isStale) {
    isStale = false
    setTimeout(() => void refresh(), REFRESH_EVERY_MS)
  }
}

export function followHub(): void {
  void refresh()
  setInterval(() => (now.value = Date.now()), 1_000)
  const connect = (): void => {
    const stream = new EventSource('/api/v1/stream')
    stream.addEventListener('changed', () => void refresh())
    stream.addEventListener('open', () => void refresh())
    stream.addEventListener('error', () => {
      stream.close()
      lostSince.value ??= lastAnswerAt.value ?? Date.now()
      setTimeout(connect, RETRY_MS)
    })
  }
  connect()
}
