// `npm run migrations`: writes the migrations that are missing for both databases after a change of the schema.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { prepare, root } from './prepare.mjs'

await prepare()
const KIT = join(root, 'node_modules', 'drizzle-kit', 'bin.cjs')
for (const [dialect, folder] of [
  ['sqlite', 'sqlite'],
  ['postgresql', 'postgres'],
]) {
  const args = [
    'generate',
    '--dialect',
    dialect,
    '--schema',
    `./hub/store/schema.${folder}.ts`,
    '--out',
    `./hub/migrations/${folder}`,
    ...process.argv.slice(2),
  ]
  const { status } = spawnSync(process.execPath, [KIT, ...args], { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
