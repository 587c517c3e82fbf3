/** `#/page/item`: pages can be linked and the back button works. */
import { signal } from '@preact/signals'
import { openReportsOf, openRun, openStation } from './data.ts'

export const PAGES = ['overview', 'rollouts', 'models', 'recipes', 'runs', 'datasets'] as const
/** Pages for administrators. */
export const ADMIN_PAGES = ['users', 'audit'] as const
/** Reached by links. */
const OTHER_PAGES = ['stations', 'account', 'invitation', 'enter'] as const
const ALL_PAGES = [...PAGES, ...ADMIN_PAGES, ...OTHER_PAGES] as const
export type Page = (typeof ALL_PAGES)[number]
export type Route = { readonly page: Page; readonly item: string | null }

export const route = signal<Route>({ page: 'overview', item: null })
/** The secret of a one-time link; taken out of the address at once, so that it stays in no history. */
export const linkSecret = signal<string | null>(null)

function readRoute(): void {
  const [page = '', item = ''] = location.hash.replace(/^#\/?/, '').split('/')
  const known = ALL_PAGES.find((name) => name === page)
  route.value = { page: known ?? 'overview', item: item === '' ? null : decoded(item) }
  if (known === 'invitation' || known === 'enter') {
    linkSecret.value = route.value.item ?? linkSecret.value
    history.replaceState(null, '', `#/${known}`)
  }
  openStation(known === 'stations' ? route.value.item : null)
  openReportsOf(route.value.page)
  openRun(known === 'runs' ? route.value.item : null)
  scrollTo(0, 0)
}

/** What is not percent-encoded as it should be stands for itself. */
function decoded(item: string): string {
  try {
    return decodeURIComponent(item)
  } catch {
    return item
  }
}

/** Goes to a page, without a way back to the one-time link. */
export function replacePage(page: Page): void {
  linkSecret.value = null
  location.replace(`#/${page}`)
}

export function followRoute(): void {
  addEventListener('hashchange', readRoute)
  readRoute()
}
