/** The system's theme unless the operator chose one. */
import { signal } from '@preact/signals'

export type Theme = 'light' | 'dark'
const KEY = 'fleetcast-theme'

const preferred = (): Theme => (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')
const chosen = (): Theme | null => {
  const stored = localStorage.getItem(KEY)
  return stored === 'light' || stored === 'dark' ? stored : null
}

export const theme = signal<Theme>('light')

export function applyTheme(): void {
  theme.value = chosen() ?? preferred()
  document.documentElement.dataset['theme'] = theme.value
}

export function toggleTheme(): void {
  localStorage.setItem(KEY, theme.value === 'dark' ? 'light' : 'dark')
  applyTheme()
}
