/** Every source file of the four packages, with its imports resolved to repository paths. */
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const PACKAGES = ['shared', 'agent', 'hub', 'firmware-sim'] as const

export type SourceFile = {
  readonly path: string
  readonly text: string
  /** Repository paths of our own files; bare names of packages. */
  readonly ours: readonly string[]
  readonly packages: readonly string[]
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s(?:[^'"]*?\sfrom\s)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g

export const readSources = (): readonly SourceFile[] =>
  PACKAGES.flatMap((folder) => filesBelow(join(root, folder))).map(readSource)

export function readSource(path: string): SourceFile {
  return parseSource(relative(root, path), readFileSync(path, 'utf8'))
}

export function parseSource(path: string, text: string): SourceFile {
  const specifiers = [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? '')
  return {
    path,
    text,
    ours: specifiers.flatMap((specifier) => ownPath(path, specifier)),
    packages: specifiers.filter(
      (specifier) => !specifier.startsWith('.') && !specifier.startsWith('@fleetcast/'),
    ),
  }
}

function ownPath(from: string, specifier: string): string[] {
  if (specifier.startsWith('@fleetcast/')) return [specifier.slice('@fleetcast/'.length)]
  return specifier.startsWith('.') ? [normalize(join(dirname(from), specifier))] : []
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (['dist', 'node_modules', 'scripts', 'migrations'].includes(entry.name)) return []
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return filesBelow(path)
    return /\.tsx?$/.test(entry.name) ? [path] : []
  })
}
