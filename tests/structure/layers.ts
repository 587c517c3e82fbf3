/** The order of the folders is the data path: a file imports from its own folder and from folders to its left. */
import type { SourceFile } from './source-files.ts'

export const MAY_IMPORT: Record<string, readonly string[]> = {
  shared: ['shared'],
  agent: ['agent', 'shared'],
  hub: ['hub', 'shared'],
  'firmware-sim': ['firmware-sim', 'agent', 'shared'],
}

export const ORDER: Record<string, readonly string[]> = {
  shared: [
    'brand',
    'assert',
    'result',
    'units',
    'ids',
    'random',
    'geo',
    'crypto',
    'recipe',
    'labels',
    'quality',
    'windows',
    'sketches',
    'statistics',
    'protocol',
    'bundle',
    'sqlite',
    'trust',
    'durable',
  ],
  agent: [
    'ports',
    'config',
    'enrolment',
    'readings',
    'inference',
    'verification',
    'profile',
    'telemetry',
    'update',
    'desired',
    'trust',
    'connection',
    'local-api',
    'agent',
    'adapters',
    'tuf-client',
    'main',
  ],
  hub: [
    'ports',
    'config',
    'store',
    'recipes',
    'access',
    'devices',
    'ingest',
    'datasets',
    'onnx',
    'features',
    'training',
    'evaluation',
    'gates',
    'runs',
    'signing',
    'registry',
    'monitoring',
    'rollouts',
    'score',
    'desired',
    'broker',
    'api',
    'wiring',
    'hub',
    'cli',
    'web',
    'adapters',
    'memory-probe',
    'trainer',
    'open-access',
    'importer',
    'start-hub',
    'main',
  ],
  'firmware-sim': ['weather', 'sensors', 'fleet', 'adapters', 'main'],
}

type Place = { readonly home: string; readonly folder: string; readonly at: number }

export function placeOf(path: string): Place {
  const [home = '', next = ''] = path.split('/')
  const folder = next.replace(/\.tsx?$/, '')
  return { home, folder, at: ORDER[home]?.indexOf(folder) ?? -1 }
}

/** Imports that point to the right, or to a package that must not be known. */
export function wrongImports(file: SourceFile): readonly string[] {
  const here = placeOf(file.path)
  return file.ours.filter((target) => {
    const there = placeOf(target)
    if (!MAY_IMPORT[here.home]?.includes(there.home)) return true
    return there.home === here.home && there.at > here.at
  })
}

/** Packages that reach outside, and the places that may know them. */
const OUTSIDE =
  /^(mqtt|aedes|aedes-persistence|better-sqlite3|drizzle-orm|pg|onnxruntime-node|@tensorflow\/|@duckdb\/|node:fs|node:net|node:http|node:child_process|hono|@hono\/)/
const BORDERS: Record<string, readonly string[]> = {
  shared: ['sqlite', 'durable'],
  agent: ['adapters', 'tuf-client', 'main'],
  hub: ['store', 'broker', 'api', 'adapters', 'trainer', 'importer', 'start-hub', 'main'],
  'firmware-sim': ['adapters', 'main'],
}

/** Of the borders, only the adapters know the engine of datasets: everything else speaks to its port. */
const mayKnow = (name: string, folder: string): boolean =>
  !name.startsWith('@duckdb/') || folder === 'adapters'

export function wrongPackages(file: SourceFile): readonly string[] {
  const { home, folder } = placeOf(file.path)
  if (BORDERS[home]?.includes(folder)) return file.packages.filter((name) => !mayKnow(name, folder))
  return file.packages.filter((name) => OUTSIDE.test(name))
}

const AMBIENT =
  /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bsetTimeout\(|\bsetInterval\(|\bprocess\.env\b|\bperformance\.now\(/g

/** Hidden time, chance and settings outside adapters and mains; the browser's own clock is the dashboard's adapter. */
export function hiddenInputs(file: SourceFile): readonly string[] {
  const { folder } = placeOf(file.path)
  if (['adapters', 'tuf-client', 'main', 'trainer', 'importer', 'start-hub', 'web'].includes(folder))
    return []
  return [...file.text.matchAll(AMBIENT)].map((match) => match[0])
}
