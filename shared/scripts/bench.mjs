// `npm run -s bench -- NAME...`: bundles bench/ and runs the named benchmarks, one JSON object a line.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
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
// Each in a process of its own: what one leaves in memory is not measured by the next.
const names = process.argv.slice(2)
const runs = names.length === 0 ? [[]] : names.map((name) => [name])
try {
  for (const args of runs) {
    const { status } = spawnSync(process.execPath, [join(folder, 'main.js'), ...args], { stdio: 'inherit' })
    if (status !== 0) process.exitCode = status ?? 1
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
