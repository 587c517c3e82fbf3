// One build for everything: rolldown for the Node programs, Vite for the dashboard.
// Programs are bundled because a loader that opens one file starts two to four times faster than one that opens hundreds
// (drizzle-orm alone costs 0.7 s and 160 MB unbundled on Node 24). Native modules and packages that read their own files stay outside.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { build as buildPage } from 'vite'
import { root } from './prepare.mjs'

process.chdir(root)
const OUTSIDE = /^(better-sqlite3|onnxruntime-node|pg-native|@tensorflow\/|@duckdb\/)/

/** An agent's memory counts: 1.3 MB of text without its white space are 2 MB of memory less. Names stay, for stack traces. */
const TIGHT = { compress: false, mangle: false, codegen: { removeWhitespace: true } }

const PROGRAMS = [
  {
    folder: 'hub',
    input: {
      main: 'hub/main.ts',
      trainer: 'hub/trainer.ts',
      'memory-probe': 'hub/memory-probe.ts',
      importer: 'hub/importer.ts',
    },
  },
  { folder: 'agent', input: { main: 'agent/main.ts', 'tuf-client': 'agent/tuf-client.ts' }, minify: TIGHT },
  { folder: 'firmware-sim', input: { main: 'firmware-sim/main.ts' } },
]

for (const { folder, input, minify = false } of PROGRAMS) {
  const bundle = await rolldown({
    input,
    platform: 'node',
    external: (id) => OUTSIDE.test(id),
    logLevel: 'warn',
  })
  await bundle.write({
    dir: `${folder}/dist`,
    format: 'esm',
    sourcemap: true,
    minify,
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  })
}
await buildPage({ root: 'hub/web', logLevel: 'warn', build: { outDir: '../dist/web', emptyOutDir: true } })
mkdirSync(join('hub', 'dist'), { recursive: true })
for (const folder of ['migrations', 'recipes'])
  cpSync(join('hub', folder), join('hub', 'dist', folder), { recursive: true })
writeFileSync(join('hub', 'dist', 'built'), '')
