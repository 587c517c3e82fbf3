// `npm run check`: formatting, lint, types and tests; stops at the first that fails.
import { spawnSync } from 'node:child_process'
import { prepare, root } from './prepare.mjs'

await prepare()
for (const script of ['format:check', 'lint', 'typecheck', 'test']) {
  console.log(`\n== ${script}`)
  const { status } = spawnSync('npm', ['run', '--silent', script], { cwd: root, stdio: 'inherit' })
  if (status !== 0) {
    console.error(`${script} failed`)
    process.exit(status ?? 1)
  }
}
console.log('\nAll checks passed.')
