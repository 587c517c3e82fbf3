/** `#/page/item`: pages can be linked and the back button works. */
import { signal } from '@preact/signals'
import { openStation } from './data.ts'

export const PAGES = ['overview', 'rollouts', 'models', 'datasets'] as const
export type Page = (typeof PAGES)[number] | 'stations'
export type Route = { readonly page: Page; readonly item: string | null }

export const route = signal<Route>({ page: 'overview', item: null })

function readRoute(): void {
  const [page = '', item = ''] = location.hash.replace(/^#\/?/, '').split('/')
  const known = [...PAGES, 'stations'].find((name) => name === page) as Page | undefined
  route.value = { page: known ?? 'overview', item: item === '' ? null : decodeURIComponent(item) }
  openStation(known === 'stations' ? route.value.item : null)
  scrollTo(0, 0)
}

export function followRoute(): void {
  addEventListener('hashchange', readRoute)
  readRoute()
}
