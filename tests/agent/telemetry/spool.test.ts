import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '@fleetcast/agent/adapters/sqlite-store.ts'
import type { Store } from '@fleetcast/agent/ports/store.ts'
import {
  confirm,
  markSent,
  nextSequence,
  spooledAfter,
  spoolGroups,
  SPOOL_TABLE,
} from '@fleetcast/agent/telemetry/spool.ts'

let folder: string
let store: Store
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fleetcast-spool-'))
  store = openStore(join(folder, 'agent.sqlite'))
  store.run(SPOOL_TABLE)
  spoolGroups(store, ['a', 'b', 'c', 'd'], 100)
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true })
})
const waiting = (): string[] =>
  spooledAfter(store, 0, 100).map(({ sequence, records }) => `${sequence} ${records}`)

describe('a watermark', () => {
  test('frees what it covers', () => {
    expect(confirm(store, 2)).toEqual({ outcome: 'freed', dropped: 0 })
    expect(waiting()).toEqual(['3 c', '4 d'])
  })
  test('beyond everything numbers again what never left, and gives up what did, also by a former process', () => {
    markSent(store, 2)
    markSent(store, 1)
    store.close()
    store = openStore(join(folder, 'agent.sqlite'))
    expect(confirm(store, 100)).toEqual({ outcome: 'renumbered', dropped: 2 })
    expect(waiting()).toEqual(['101 c', '102 d'])
    expect(nextSequence(store)).toBe(103)
  })
  test('so far beyond that it would use the numbers up changes nothing', () => {
    expect(confirm(store, Number.MAX_SAFE_INTEGER)).toEqual({ outcome: 'refused', dropped: 0 })
    expect(waiting().length).toBe(4)
    expect(nextSequence(store)).toBe(5)
  })
})
