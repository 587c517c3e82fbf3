import { describe, expect, test } from 'vitest'
import { ms, type DurationMs } from '@fleetcast/shared/units.ts'
import { createAckPacer } from '../../../hub/ingest/pace-acks.ts'
import { addressOf } from './telemetry-fixtures.ts'

function pacerOn() {
  const sent: string[] = []
  const sleepers: { until: number; wake: () => void }[] = []
  let now: DurationMs = ms(0)
  const pace = createAckPacer({
    clock: {
      monotonic: () => now,
      sleep: (duration) => new Promise((wake) => sleepers.push({ until: now + duration, wake })),
    },
    acknowledge: ({ device }, watermark) => sent.push(`${now} ${device} ${watermark}`),
  })
  const advance = async (to: number): Promise<void> => {
    now = ms(to)
    for (const sleeper of sleepers.splice(0))
      if (sleeper.until <= to) sleeper.wake()
      else sleepers.push(sleeper)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { sent, pace, advance }
}

const [one, two] = [addressOf('sea-1'), addressOf('sea-2')]

describe('watermarks', () => {
  test('go out at once after a quiet second, then the last one once a second', async () => {
    const { sent, pace, advance } = pacerOn()
    pace(one, 1)
    pace(two, 1)
    await advance(300)
    pace(one, 2)
    await advance(600)
    pace(one, 3)
    expect(sent).toEqual(['0 sea-1 1', '0 sea-2 1'])
    await advance(1_300)
    expect(sent.slice(2)).toEqual(['1300 sea-1 3'])
    await advance(5_000)
    pace(one, 4)
    expect(sent.slice(3)).toEqual(['5000 sea-1 4'])
  })
})
