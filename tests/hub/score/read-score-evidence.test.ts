/** On a real store with really registered versions: only what is stored gives points, and attestations stay. */
import { eq } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BundleDigest } from '@fleetcast/shared/ids.ts'
import type { StatusRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import { DAY_MS, epochMs, epochMsToUtcDay } from '@fleetcast/shared/units.ts'
import { systemClock } from '../../../hub/adapters/system-clock.ts'
import { applyRecipe } from '../../../hub/recipes/apply-recipe.ts'
import type { RegisteredVersion } from '../../../hub/registry/register-version.ts'
import type { Reproduction } from '../../../hub/registry/reproduction.ts'
import { trainInputs } from '../../../hub/registry/train-inputs.ts'
import { attest, type AttestRequest } from '../../../hub/score/attest.ts'
import { judgeScore } from '../../../hub/score/judge-score.ts'
import type { MlTestId } from '../../../hub/score/ml-tests.ts'
import { readScoreEvidence } from '../../../hub/score/read-score-evidence.ts'
import { findVersion, insertRun } from '../../../hub/store/queries/runs-and-versions.ts'
import { insertAttestation } from '../../../hub/store/queries/score-attestations.ts'
import { putDevices } from '../../../hub/store/queries/sites-and-devices.ts'
import { registerMadeUp, recipe } from '../gates/registered-version.ts'
import { madeUpInputsOf } from '../registry/made-up-run.ts'
import { ENGINES } from '../store/engines.ts'
import type { TemporaryStore } from '../temporary-store.ts'

const clock = { ...systemClock, now: () => epochMs(5_000) }
describe.each(ENGINES)('the score on %s', (_name, open) => {
  let temporary: TemporaryStore
  let first: RegisteredVersion
  beforeEach(async () => {
    temporary = await open()
    await applyRecipe({ store: temporary.store, clock }, recipe)
    first = await registerMadeUp(temporary, { hasSkill: true })
  })
  afterEach(() => temporary.remove())

  async function score() {
    const evidence = await readScoreEvidence(temporary.store, recipe.name)
    if (!evidence.ok) throw new Error(evidence.error.message)
    return judgeScore(evidence.value)
  }
  const scoredTest = async (id: MlTestId) => (await score()).tests.find((one) => one.id === id)!
  const pointsOf = async (...ids: readonly MlTestId[]): Promise<readonly number[]> => {
    const { tests } = await score()
    return ids.map((id) => tests.find((one) => one.id === id)!.points)
  }

  describe('a version that was only registered', () => {
    test('has the points of its gates and none of serving', async () => {
      const { version, isServing, score: sum } = await score()
      expect([version, isServing, sum]).toEqual([`${recipe.name}@1`, false, 0])
      expect(await pointsOf('data1', 'data3', 'data4', 'model5', 'model6', 'monitor5')).toEqual([
        1, 1, 1, 1, 1, 1,
      ])
      expect(await pointsOf('infra1', 'infra3', 'infra4', 'infra6', 'monitor3', 'monitor7')).toEqual([
        0, 0, 0, 0, 0, 0,
      ])
    })
    test('is told with the numbers of its gates', async () => {
      expect((await scoredTest('data3')).evidence).toBe(
        `latency gate of ${recipe.name}@1: one window in 0.10 ms, 95 % within 0.20 ms, at most 25 ms (one thread of the training machine)`,
      )
    })
  })

  describe('stations', () => {
    const statusOf = (serving: string): StatusRecord => ({
      ...{
        kind: 'status',
        at: 0,
        generation: 1,
        candidate: null,
        agentVersion: '1',
        rssMb: 42,
        channels: [],
      },
      ...{
        serving: BundleDigest.parse(serving),
        servingState: 'committed',
        candidateState: 'none',
        bundles: [],
      },
    })
    const NEWEST = 400 * DAY_MS
    const serve = (serving: string, revokedAt: number | null = null) =>
      putDevices(temporary.store.db, temporary.store, [
        {
          ...{ id: 'sea-1', site: 'sea', recipe: recipe.name, latitude: 0, longitude: 0, createdAt: 1 },
          ...{ enrolledAt: 1, lastReadingAt: NEWEST, status: statusOf(serving), revokedAt },
        },
      ])
    const verify = (day: number, sumAbs: number) =>
      temporary.store.db.insert(temporary.store.t.evidence).values({
        ...{ device: 'sea-1', model: first.digest, reference: 'persistence', source: 'served', n: 500 },
        ...{ day: epochMsToUtcDay(epochMs(NEWEST - day * DAY_MS)), sumAbs, sumAbsReference: 400 },
        ...{ sumError: 0, sumSquared: 0, sumDifference: 0, sumDifferenceSquared: 0 },
      })
    test('that serve make the score speak of what they serve, not of the newest version', async () => {
      await registerMadeUp(temporary, { hasSkill: false })
      expect((await score()).version).toBe(`${recipe.name}@2`)
      await serve(first.digest)
      expect(await score()).toMatchObject({ version: `${recipe.name}@1`, isServing: true })
      expect(await pointsOf('infra3', 'infra4', 'monitor3', 'monitor6')).toEqual([1, 1, 1, 1])
    })
    test('that are revoked count for nothing', async () => {
      await serve(first.digest, 9)
      expect(await pointsOf('infra3', 'infra4', 'monitor3', 'monitor6')).toEqual([0, 0, 0, 0])
    })
    test('that serve a version which failed a gate do not validate it', async () => {
      const second = await registerMadeUp(temporary, { hasSkill: false })
      await serve(second.digest)
      expect(await pointsOf('infra4', 'model5')).toEqual([0, 0])
    })
    test('that beat persistence lately show it; what is long ago does not', async () => {
      await serve(first.digest)
      await verify(300, 100)
      expect(await pointsOf('monitor7')).toEqual([0])
      await verify(3, 300)
      expect((await scoredTest('monitor7')).evidence).toContain('skill 0.250 against persistence over 500')
    })
    test('that count their readings show that inputs are watched', async () => {
      await serve(first.digest)
      expect(await pointsOf('monitor2')).toEqual([0])
      await temporary.store.db.insert(temporary.store.t.profiles).values({
        ...{ device: 'sea-1', channel: 'temperature', day: '2026-01-01', edges: '', counts: [], n: 24 },
        ...{ missing: 0, invalid: 0, sum: 0, sumSquared: 0, min: 0, max: 0 },
      })
      expect(await pointsOf('monitor2')).toEqual([1])
    })
  })

  describe('a reproduction', () => {
    const inputs = trainInputs(madeUpInputsOf(recipe))
    const NEWER = 'f'.repeat(64)
    /** Of version 1 as its training run would have kept it. */
    const reproduce = async (
      verdict: Reproduction['verdict'],
      { codeNow, state = 'succeeded' }: { codeNow?: string; state?: 'succeeded' | 'failed' } = {},
    ) => {
      const { store } = temporary
      const { run: of } = (await findVersion(store, recipe.name, 1))!
      await store.db.update(store.t.runs).set({ parameters: { inputs } }).where(eq(store.t.runs.id, of))
      const differences =
        codeNow === undefined ? [] : [{ what: 'codeDigest', before: inputs.codeDigest, after: codeNow }]
      const result: Reproduction = {
        ...{ of, verdict, text: '', determinism: 'bitwise', files: [], differences },
        machineClass: { before: 'x64', after: 'x64' },
        testMae: { before: 1, after: 1 },
      }
      await insertRun(store, {
        ...{ id: `again-${verdict}`, kind: 'reproduce', recipe: recipe.name, dataset: 'd', selection: {} },
        ...{ parameters: { of, inputs }, result, runKey: '', state, stage: 'done', fraction: 1, message: '' },
        ...{ createdAt: 1, updatedAt: 1 },
      })
    }
    test('that came out the same shows that training does', async () => {
      await reproduce('identical')
      expect(await scoredTest('infra1')).toMatchObject({
        ...{ points: 1, evidence: `run again-identical trained ${recipe.name}@1 again: identical` },
      })
      expect(await pointsOf('monitor1')).toEqual([1])
    })
    test('within tolerance does, too; a different one does not', async () => {
      await reproduce('withinTolerance')
      expect(await pointsOf('infra1')).toEqual([1])
      await reproduce('different')
      await temporary.store.db
        .delete(temporary.store.t.runs)
        .where(eq(temporary.store.t.runs.id, 'again-withinTolerance'))
      expect(await pointsOf('infra1')).toEqual([0])
    })
    test('with other code than the newest version has shows nothing of that code', async () => {
      await reproduce('identical', { codeNow: NEWER })
      expect(await pointsOf('infra1')).toEqual([0])
    })
    test('that failed shows nothing', async () => {
      await reproduce('identical', { state: 'failed' })
      expect(await pointsOf('infra1')).toEqual([0])
    })
  })

  describe('an attestation', () => {
    const say = (change: Partial<AttestRequest> = {}) =>
      attest(
        { store: temporary.store, clock },
        {
          ...{
            recipe: recipe.name,
            test: 'data6',
            change: 'attest',
            reason: 'dew point took two days',
            by: 'ann',
          },
          ...change,
        },
      )
    test('gives half a point with its reason; the newest one is shown', async () => {
      await say()
      await say({ by: 'bob', reason: 'and wind one' })
      expect(await scoredTest('data6')).toMatchObject({
        ...{ points: 0.5, basis: 'manual', evidence: 'bob on 1970-01-01: and wind one' },
      })
      expect(await pointsOf('data5')).toEqual([0])
    })
    test('counts no more once it is withdrawn, until somebody vouches again', async () => {
      await say()
      await say({ change: 'withdraw', reason: 'it took two months' })
      expect(await pointsOf('data6')).toEqual([0])
      expect(await say({ change: 'withdraw' })).toMatchObject({ error: { code: 'score/notAttested' } })
      await say()
      expect(await pointsOf('data6')).toEqual([0.5])
    })
    test('of nothing cannot be withdrawn, and there is none for a recipe that there is not', async () => {
      expect(await say({ change: 'withdraw' })).toMatchObject({ error: { code: 'score/notAttested' } })
      expect(await say({ recipe: 'nothing' })).toMatchObject({ error: { code: 'recipe/notFound' } })
      expect(await readScoreEvidence(temporary.store, 'nothing')).toMatchObject({
        error: { code: 'recipe/notFound' },
      })
    })
    test('is append-only in the database', async () => {
      await say()
      const { db, t } = temporary.store
      const refused = { cause: { message: expect.stringMatching(/append-only/) } }
      const taken = { cause: { message: expect.stringMatching(/append-only|duplicate key/) } }
      await expect(db.update(t.scoreAttestations).set({ by: 'eve' })).rejects.toMatchObject(refused)
      await expect(db.delete(t.scoreAttestations)).rejects.toMatchObject(refused)
      const [row] = await db.select().from(t.scoreAttestations)
      expect(row).toMatchObject({ by: 'ann', at: 5_000 })
      await expect(insertAttestation(db, temporary.store, { ...row!, by: 'eve' })).rejects.toMatchObject(
        taken,
      )
    })
  })
})
