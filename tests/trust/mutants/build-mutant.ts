/** All attacks bundled with one check taken out: no copy of the tree, no test framework, about a tenth of a second. */
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import type { Attacks } from '../attacks/attack.ts'
import type { Mutant } from './mutant.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const shared = join(root, 'shared')

export type Workshop = {
  /** The attacks against the mutated code; against the code as it is without a mutant. */
  readonly build: (mutant: Mutant | null) => Promise<Attacks>
  readonly close: () => void
}

/** A temporary folder whose bundles find the packages of this checkout. */
export function openWorkshop(): Workshop {
  const folder = mkdtempSync(join(tmpdir(), 'fleetcast-mutants-'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  let built = 0
  return {
    build: async (mutant) => {
      const file = join(folder, `attacks-${built++}.js`)
      await bundle(file, mutant)
      return ((await import(/* @vite-ignore */ pathToFileURL(file).href)) as { ATTACKS: Attacks }).ATTACKS
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

async function bundle(file: string, mutant: Mutant | null): Promise<void> {
  const mutated = mutant === null ? null : join(shared, mutant.file)
  const build = await rolldown({
    input: join(root, 'tests/trust/attacks/all-attacks.ts'),
    platform: 'node',
    external: (id) => /^[^./]/.test(id) && !id.startsWith('@fleetcast/'),
    logLevel: 'silent',
    plugins: [
      {
        name: 'take-out-a-check',
        load: (id) => (mutant !== null && id === mutated ? { code: mutate(mutant), moduleType: 'ts' } : null),
      },
    ],
  })
  await build.write({ file, format: 'esm' })
  await build.close()
}

/** The mutated source; throws when the check no longer stands there, or stands there twice. */
export function mutate({ file, check, instead }: Mutant): string {
  const parts = readFileSync(join(shared, file), 'utf8').split(check)
  if (parts.length !== 2)
    throw new Error(`stale mutant: shared/${file} holds ${parts.length - 1} times: ${check}`)
  return parts.join(instead)
}
