/** On a real store: who may override what, and that nothing of it is lost. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { epochMs } from '@fleetcast/shared/units.ts'
import { blockingGates, gatesPassed } from '../../../hub/gates/blocking-gates.ts'
import { decideOverride, requestOverride, type OverrideRequest } from '../../../hub/gates/override-gate.ts'
import { listEvents } from '../../../hub/store/queries/events.ts'
import { listOverrides } from '../../../hub/store/queries/gate-overrides.ts'
import { findVersion, type VersionRow } from '../../../hub/store/queries/runs-and-versions.ts'
import { ENGINES } from '../store/engines.ts'
import type { TemporaryStore } from '../temporary-store.ts'
import { registerMadeUp } from './registered-version.ts'

describe.each(ENGINES)('overrides on %s', (_name, open) => {
  let temporary: TemporaryStore
  const clock = { now: () => epochMs(5_000) }
  const ports = () => ({ store: temporary.store, clock })
  beforeEach(async () => {
    temporary = await open()
    await registerMadeUp(temporary, { hasSkill: true })
    await registerMadeUp(temporary, { hasSkill: false })
  })
  afterEach(() => temporary.remove())

  const versionRow = async (version: number): Promise<VersionRow> =>
    (await findVersion(temporary.store, 'temperature-24h', version))!
  const ask = (change: Partial<OverrideRequest> = {}) =>
    requestOverride(ports(), {
      ...{ id: 'one', recipe: 'temperature-24h', version: 2, gate: 'beatsPersistence' },
      ...{ reason: 'a hard winter', requestedBy: 'ann', ...change },
    })
  const decide = (decision: 'approved' | 'rejected', decidedBy: string, id = 'one') =>
    decideOverride(ports(), { id, decision, decidedBy, reason: 'seen the plots' })

  describe('a version that failed a gate', () => {
    test('is blocked until somebody else has approved, and the gate stays failed', async () => {
      expect(await gatesPassed(temporary.store, await versionRow(2))).toMatchObject({
        error: { code: 'gates/failed', at: 'beatsPersistence' },
      })
      expect(await ask()).toMatchObject({ ok: true, value: { state: 'open' } })
      expect((await gatesPassed(temporary.store, await versionRow(2))).ok).toBe(false)
      expect(await decide('approved', 'ann')).toMatchObject({ error: { code: 'gates/secondPersonNeeded' } })
      expect((await gatesPassed(temporary.store, await versionRow(2))).ok).toBe(false)
      expect(await decide('approved', 'bob')).toMatchObject({ ok: true, value: { state: 'approved' } })
      expect(await gatesPassed(temporary.store, await versionRow(2))).toEqual({ ok: true, value: undefined })
      expect((await versionRow(2)).gates).toMatchObject({ passed: false })
    })
    test('keeps every request with its reasons and its people, and tells of them', async () => {
      await ask()
      await decide('rejected', 'bob')
      await ask({ id: 'two', reason: 'looked again' })
      await decide('approved', 'cleo', 'two')
      expect(await listOverrides(temporary.store)).toMatchObject([
        {
          id: 'one',
          state: 'rejected',
          requestedBy: 'ann',
          decidedBy: 'bob',
          decisionReason: 'seen the plots',
        },
        { id: 'two', state: 'approved', requestedBy: 'ann', decidedBy: 'cleo', reason: 'looked again' },
      ])
      expect(await listEvents(temporary.store, 0, 10)).toHaveLength(4)
    })
  })

  describe('is refused', () => {
    test.each([
      ['a gate that passed', { gate: 'parity' }, 'gates/notFailed'],
      ['a gate that there is not', { gate: 'weather' }, 'gates/notFailed'],
      ['a version that passed', { version: 1 }, 'gates/notFailed'],
      ['a version that there is not', { version: 9 }, 'version/notFound'],
    ])('%s', async (_what, change, code) => {
      expect(await ask(change)).toMatchObject({ ok: false, error: { code } })
      expect(await listOverrides(temporary.store)).toEqual([])
    })
    test('a second request for the same gate', async () => {
      await ask()
      expect(await ask({ id: 'two' })).toMatchObject({ error: { code: 'gates/overrideExists' } })
    })
    test('a second decision: the first one stays', async () => {
      await ask()
      await decide('rejected', 'bob')
      expect(await decide('approved', 'cleo')).toMatchObject({ error: { code: 'gates/overrideDecided' } })
      expect((await gatesPassed(temporary.store, await versionRow(2))).ok).toBe(false)
    })
    test('a decision about nothing', async () => {
      expect(await decide('approved', 'bob')).toMatchObject({ error: { code: 'gates/overrideNotFound' } })
    })
  })

  test('an approval is of one version: another one with the same failure stays blocked', async () => {
    await ask()
    await decide('approved', 'bob')
    await registerMadeUp(temporary, { hasSkill: false })
    expect(blockingGates(await versionRow(3), await listOverrides(temporary.store))).toEqual([
      'beatsPersistence',
    ])
  })

  test('a version that is older than the gates is not blocked by them', async () => {
    expect(blockingGates({ ...(await versionRow(2)), gates: null }, [])).toEqual([])
  })
})
