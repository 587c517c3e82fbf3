import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BundleDigest } from '@fleetcast/shared/ids.ts'
import { stepInstall, type InstallEvent, type InstallState } from '@fleetcast/agent/update/install-machine.ts'

const digest = (letter: string): BundleDigest => BundleDigest.parse(letter.repeat(64))
const because = { code: 'download/refused', message: 'no such file' }
const target = digest('1')

const states: { [K in InstallState['kind']]: Extract<InstallState, { kind: K }> } = {
  idle: { kind: 'idle' },
  downloading: { kind: 'downloading', target, attempt: 1 },
  verifying: { kind: 'verifying', target, attempt: 1 },
  selfTesting: { kind: 'selfTesting', target },
  installed: { kind: 'installed', target },
  rejected: { kind: 'rejected', target, ...because },
}

type EventName =
  | Exclude<InstallEvent['kind'], 'wanted'>
  | 'wantedSame'
  | 'wantedOther'
  | 'wantedNothing'
  | 'lastDownloadFailed'

const events: Record<EventName, InstallEvent> = {
  wantedSame: { kind: 'wanted', target },
  wantedOther: { kind: 'wanted', target: digest('2') },
  wantedNothing: { kind: 'wanted', target: null },
  downloaded: { kind: 'downloaded' },
  stalled: { kind: 'stalled' },
  downloadFailed: { kind: 'downloadFailed', ...because, attemptsMax: 2 },
  lastDownloadFailed: { kind: 'downloadFailed', ...because, attemptsMax: 1 },
  verified: { kind: 'verified' },
  corrupted: { kind: 'corrupted', ...because, attemptsMax: 2 },
  refused: { kind: 'refused', ...because },
  selfTestPassed: { kind: 'selfTestPassed' },
}

/** `.`: ignored, the same state and no effects. */
type Next = InstallState['kind'] | '.'
type Line = Record<EventName, Next>
const over: Line = {
  wantedSame: 'downloading',
  wantedOther: 'downloading',
  wantedNothing: 'idle',
  downloaded: '.',
  stalled: '.',
  downloadFailed: '.',
  lastDownloadFailed: '.',
  verified: '.',
  corrupted: '.',
  refused: '.',
  selfTestPassed: '.',
}
const busy: Line = { ...over, wantedSame: '.', refused: 'rejected' }

const TABLE: Record<InstallState['kind'], Line> = {
  idle: { ...over, wantedNothing: '.' },
  downloading: {
    ...busy,
    downloaded: 'verifying',
    stalled: 'downloading',
    downloadFailed: 'downloading',
    lastDownloadFailed: 'rejected',
  },
  verifying: { ...busy, verified: 'selfTesting', corrupted: 'downloading' },
  selfTesting: { ...busy, selfTestPassed: 'installed' },
  installed: over,
  rejected: over,
}

const keys = <K extends string>(record: Record<K, unknown>): K[] => Object.keys(record) as K[]

describe('the way of a bundle onto the device', () => {
  for (const from of keys(TABLE))
    for (const on of keys(TABLE[from]))
      test(`${from} on ${on} -> ${TABLE[from][on]}`, () => {
        const next = stepInstall(states[from], events[on])
        if (TABLE[from][on] === '.') expect(next).toEqual({ state: states[from], effects: [] })
        else expect(next.state.kind).toBe(TABLE[from][on])
      })

  test('a newer wish starts with a first attempt and its own target', () => {
    const { state } = stepInstall({ kind: 'downloading', target, attempt: 4 }, events.wantedOther)
    expect(state).toEqual({ kind: 'downloading', target: digest('2'), attempt: 1 })
  })
})

const anyEvent = fc.constantFrom(...Object.values(events))
const sequences = fc.array(anyEvent, { maxLength: 80 })

function walk(
  sequence: readonly InstallEvent[],
  look: (before: InstallState, on: InstallEvent, after: InstallState) => void,
) {
  let state: InstallState = { kind: 'idle' }
  for (const event of sequence) {
    const next: InstallState = stepInstall(state, event).state
    look(state, event, next)
    state = next
  }
}

describe('whatever happens in whatever order', () => {
  test('I1: only a passed self-test installs', () => {
    fc.assert(
      fc.property(sequences, (sequence) =>
        walk(sequence, (before, on, after) => {
          if (after.kind === 'installed' && before.kind !== 'installed')
            expect([before.kind, on.kind]).toEqual(['selfTesting', 'selfTestPassed'])
        }),
      ),
      { seed: 1, numRuns: 500 },
    )
  })
  test('I2: attempts are bounded', () => {
    fc.assert(
      fc.property(sequences, (sequence) =>
        walk(sequence, (_, __, after) => {
          if (after.kind === 'downloading') expect(after.attempt).toBeLessThanOrEqual(2)
        }),
      ),
      { seed: 2, numRuns: 500 },
    )
  })
  test('I3: the target changes only by a wish', () => {
    fc.assert(
      fc.property(sequences, (sequence) =>
        walk(sequence, (before, on, after) => {
          if (on.kind !== 'wanted' && before.kind !== 'idle' && after.kind !== 'idle')
            expect(after.target).toBe(before.target)
        }),
      ),
      { seed: 3, numRuns: 500 },
    )
  })
})
