/** Which recipes are due, read from a real store: the serving stations' evidence, day by day. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BundleDigest } from '@fleetcast/shared/ids.ts'
import type { StatusRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import { createRandom } from '@fleetcast/shared/random.ts'
import { DAY_MS, epochMs, epochMsToUtcDay } from '@fleetcast/shared/units.ts'
import { systemClock } from '../../../hub/adapters/system-clock.ts'
import { readRetraining } from '../../../hub/monitoring/read-retraining.ts'
import { applyRecipe } from '../../../hub/recipes/apply-recipe.ts'
import { putDevices } from '../../../hub/store/queries/sites-and-devices.ts'
import { recipe, registerMadeUp } from '../gates/registered-version.ts'
import { ENGINES } from '../store/engines.ts'
import type { TemporaryStore } from '../temporary-store.ts'

const NEWEST = epochMs(Date.UTC(2026, 2, 1))
/** More than one query takes. */
const STATIONS = Array.from({ length: 501 }, (_, i) => `station-${i}`)

let temporary: TemporaryStore
let served: string
const deviceOf = (id: string) => {
  const status: StatusRecord = {
    ...{ kind: 'status', at: 0, generation: 1, candidate: null, agentVersion: '1', rssMb: 42, channels: [] },
    ...{
      serving: BundleDigest.parse(served),
      servingState: 'committed',
      candidateState: 'none',
      bundles: [],
    },
  }
  return {
    ...{ id, site: 'sea', recipe: recipe.name, latitude: 0, longitude: 0, createdAt: 1, enrolledAt: 1 },
    ...{ lastReadingAt: NEWEST, status, revokedAt: null },
  }
}

/** 30 days of errors that are 10 % above persistence's, give or take `spread` from day to day. */
async function verify(spread: number, model = served): Promise<void> {
  const { db, t } = temporary.store
  const random = createRandom(5)
  const noise = Array.from({ length: 30 }, () => random.normal())
  const middle = noise.reduce((sum, one) => sum + one, 0) / noise.length
  for (const [day, one] of noise.entries()) {
    const sumAbs = 24 * (1.1 + spread * (one - middle))
    const row = (device: string) => ({
      ...{ device, model, reference: 'persistence', source: 'served', n: 24, sumAbs, sumAbsReference: 24 },
      ...{ day: epochMsToUtcDay(epochMs(NEWEST - day * DAY_MS)) },
      ...{ sumError: 0, sumSquared: 0, sumDifference: 0, sumDifferenceSquared: 0 },
    })
    await db.insert(t.evidence).values(STATIONS.map(row))
  }
}

describe.each(ENGINES)('a fleet on %s', (_name, open) => {
  beforeEach(async () => {
    temporary = await open()
    const wanted = { ...recipe, retraining: { skillBelow: 0 } }
    await applyRecipe({ store: temporary.store, clock: systemClock }, wanted)
    served = (await registerMadeUp(temporary, { hasSkill: true })).digest
    await putDevices(temporary.store.db, temporary.store, STATIONS.map(deviceOf))
  })
  afterEach(() => temporary.remove())

  test('a skill that is below its limit on nearly all days makes the recipe due', async () => {
    await verify(0.05)
    expect(await readRetraining(temporary.store)).toMatchObject([
      {
        ...{ recipe: recipe.name, version: 1 },
        reasons: [
          { code: 'retraining/lowSkill', message: expect.stringContaining('by 30 days), over 360720') },
        ],
      },
    ])
  })
  test('one that luck may have brought there does not', async () => {
    await verify(1)
    expect(await readRetraining(temporary.store)).toEqual([])
  })
  test('nor does that of a version which no station serves any more', async () => {
    await verify(0.05, 'f'.repeat(64))
    expect(await readRetraining(temporary.store)).toEqual([])
  })
})
