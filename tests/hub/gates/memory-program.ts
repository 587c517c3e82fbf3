/** The real probe, as the build leaves it. */
import { fileURLToPath } from 'node:url'
import { measureMemoryWith } from '../../../hub/adapters/memory-probe.ts'

export const measureMemory = measureMemoryWith(
  fileURLToPath(new URL('../../../hub/dist/memory-probe.js', import.meta.url)),
)
