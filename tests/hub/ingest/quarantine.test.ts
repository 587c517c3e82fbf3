import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../../hub/adapters/system-clock.ts'
import {
  createQuarantine,
  SAMPLES_MAX,
  type QuarantinePorts,
  type Refused,
} from '../../../hub/ingest/quarantine.ts'
import type { Store } from '../../../hub/store/store.ts'
import { ENGINES } from '../store/engines.ts'
import type { TemporaryStore } from '../temporary-store.ts'
import { noChanges, silentLog } from './telemetry-fixtures.ts'

const refused = (over: Partial<Refused> = {}): Refused => ({
  client: 'sea-1',
  topic: 'up/telemetry',
  code: 'telemetry/notJson',
  message: 'the message is not JSON',
  sample: Buffer.alloc(2_000, 'x'),
  ...over,
})

describe.each(ENGINES)('quarantine on %s', (_name, open) => {
  let opened: TemporaryStore
  let store: Store
  beforeEach(async () => {
    opened = await open()
    store = opened.store
  })
  afterEach(() => opened.remove())

  const quarantineOn = (over: Partial<QuarantinePorts> = {}) =>
    createQuarantine({ store, clock: systemClock, log: silentLog, changes: noChanges, ...over })
  const rows = () => store.db.select().from(store.t.quarantine).orderBy(store.t.quarantine.id)

  test('counts every refusal of a device, keeps a short sample of each, tells the operator once', async () => {
    const quarantine = quarantineOn()
    await Promise.all(Array.from({ length: 5 }, () => quarantine.keep(refused())))
    expect(await store.db.select().from(store.t.streams)).toMatchObject([{ device: 'sea-1', rejected: 5 }])
    expect((await rows()).map(({ sample }) => sample.length)).toEqual([512, 512, 512, 512, 512])
    expect(await store.db.select().from(store.t.events)).toMatchObject([
      { subject: 'sea-1', code: 'telemetry/notJson', severity: 'warning', source: 'hub' },
    ])
  })

  test('what strangers claim to be is counted against no device', async () => {
    await quarantineOn().keep(refused({ client: 'stranger at 127.0.0.1 who says sea-1' }))
    expect(await store.db.select().from(store.t.streams)).toEqual([])
    expect(await rows()).toHaveLength(1)
  })

  test('keeps the newest samples only', async () => {
    const quarantine = quarantineOn()
    for (let i = 0; i < 3; i++)
      await Promise.all(
        Array.from({ length: 500 }, (_, j) => quarantine.keep(refused({ message: `${i * 500 + j}` }))),
      )
    const kept = await rows()
    expect(kept).toHaveLength(SAMPLES_MAX)
    expect([kept[0]!.message, kept.at(-1)!.message]).toEqual(['500', '1499'])
  })

  test('a flood beyond what it may hold is only counted, in the log', async () => {
    const warnings: object[] = []
    const quarantine = quarantineOn({ log: { ...silentLog, warn: (fields) => warnings.push(fields) } })
    for (let i = 0; i < 5_010; i++) quarantine.note(refused())
    while (warnings.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
    expect(warnings).toEqual([{ overflowed: 10 }])
    expect(await store.db.select().from(store.t.streams)).toMatchObject([{ rejected: 5_000 }])
  })

  test('text from the wire that no database keeps is kept without it', async () => {
    await quarantineOn().keep(refused({ topic: 'up/\0telemetry' }))
    expect((await rows())[0]!.topic).toBe('up/telemetry')
  })
})
