// `npm run -s bench -- NAME...`: bundles bench/ and runs the named benchmarks, one JSON object a line.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { prepare, root } from './prepare.mjs'

await prepare()
process.chdir(root)
const { rolldown } = await import('rolldown')
const folder = join(root, 'bench', 'dist')
const bundle = await rolldown({
  input: 'bench/main.ts',
  platform: 'node',
  external: (id) => /^(better-sqlite3|onnxruntime-node|pg-native|@tensorflow\/|@duckdb\/)/.test(id),
  logLevel: 'silent',
})
await bundle.write({
  dir: folder,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
})
try {
  await import(pathToFileURL(join(folder, 'main.js')).href)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
