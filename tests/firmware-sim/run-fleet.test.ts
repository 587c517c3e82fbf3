import { describe, expect, test } from 'vitest'
import { refuse } from '@fleetcast/shared/result.ts'
import { Fault } from '../../firmware-sim/sensors/fault.ts'
import { followCommand, parseCommand } from '../../firmware-sim/fleet/commands.ts'
import { runFleet } from '../../firmware-sim/fleet/run-fleet.ts'
import {
  createManualClock,
  createRecorder,
  fleetConfig,
  hourOf,
  instant,
  range,
  recordingPorts,
} from './world.ts'

describe('the world', () => {
  test('gives every hour to every station, in order, and ends', async () => {
    const [a, b] = [createRecorder('a'), createRecorder('b')]
    const ports = recordingPorts()
    expect(await runFleet(ports, fleetConfig([a, b], 50)).ended).toBe('finished')
    expect(a.hours).toEqual(range(0, 50))
    expect(b.hours).toEqual(range(0, 50))
    expect(ports.events[0]).toMatchObject({ kind: 'started', stations: ['a', 'b'] })
    expect(ports.events.at(-1)).toEqual({ kind: 'finished', at: new Date(instant(49)).toISOString() })
  })
  test('an hour is over only when every station has taken it', async () => {
    const seen: string[] = []
    const fast = createRecorder('fast', [], (hour) => seen.push(`fast ${hour}`))
    const slow = createRecorder('slow')
    const observe = slow.agent.observe
    const slowed = {
      ...slow,
      agent: {
        ...slow.agent,
        observe: async (reading: Parameters<typeof observe>[0]) => {
          for (let i = 0; i < 50; i++) await Promise.resolve()
          seen.push(`slow ${hourOf(reading.at)}`)
          return await observe(reading)
        },
      },
    }
    await runFleet(recordingPorts(), fleetConfig([fast, slowed], 3)).ended
    expect(seen).toEqual(['fast 0', 'slow 0', 'fast 1', 'slow 1', 'fast 2', 'slow 2'])
  })
  test('a missing hour is no reading at all', async () => {
    const a = createRecorder('a')
    const source = {
      readingAt: (_device: string, at: number) => (hourOf(at) % 3 === 1 ? null : { temperature: 1 }),
    }
    await runFleet(recordingPorts(), { ...fleetConfig([a], 7), source }).ended
    expect(a.hours).toEqual([0, 2, 3, 5, 6])
  })
  test('a refusal is told and the world goes on', async () => {
    const a = createRecorder('a')
    const agent = {
      ...a.agent,
      observe: () => Promise.resolve(refuse('reading/unknownChannel', 'no channel is named x')),
    }
    const ports = recordingPorts()
    expect(await runFleet(ports, fleetConfig([{ ...a, agent }], 3)).ended).toBe('finished')
    expect(ports.events.filter(({ kind }) => kind === 'refused')).toHaveLength(3)
  })
})

describe('killed and started again', () => {
  test.each(range(0, 20))(
    'at any point, every hour is committed exactly once (kill after commit %i)',
    async (killAfter) => {
      let commits = 0
      const die = (): void => {
        if (commits++ === killAfter) throw new Error('killed')
      }
      const [a, b] = [createRecorder('a', [], die), createRecorder('b', [], die)]
      await expect(runFleet(recordingPorts(), fleetConfig([a, b], 12)).ended).rejects.toThrow('killed')
      await Promise.resolve()
      const [a2, b2] = [createRecorder('a', a.hours), createRecorder('b', b.hours)]
      await runFleet(recordingPorts(), fleetConfig([a2, b2], 12)).ended
      expect(a2.hours).toEqual(range(0, 12))
      expect(b2.hours).toEqual(range(0, 12))
    },
  )
  test('stations behind catch up before the world moves on; a new one gets the history', async () => {
    const [ahead, behind, fresh] = [
      createRecorder('ahead', range(0, 30)),
      createRecorder('behind', range(0, 10)),
      createRecorder('fresh'),
    ]
    const ports = recordingPorts()
    await runFleet(ports, fleetConfig([ahead, behind, fresh], 40)).ended
    expect(ports.events[0]).toMatchObject({ kind: 'started', at: new Date(instant(30)).toISOString() })
    for (const { hours } of [ahead, behind, fresh]) expect(hours).toEqual(range(0, 40))
  })
})

/** A running fleet of one station, with commands as lines. */
const steered = (hours = 1_000) => {
  const a = createRecorder('a')
  const clock = createManualClock()
  const fleet = runFleet(recordingPorts(clock), fleetConfig([a], hours))
  const command = (line: string) => {
    const parsed = parseCommand(line)
    return parsed.ok ? followCommand(fleet, parsed.value) : parsed
  }
  const untilTaken = async (n: number): Promise<void> => {
    while (a.hours.length < n) await new Promise((resolve) => setImmediate(resolve))
  }
  return { a, fleet, command, untilTaken }
}

describe('steering', () => {
  test('hold stops the world and go lets it on', async () => {
    const { a, fleet, command, untilTaken } = steered(60)
    await untilTaken(10)
    command('{"cmd":"hold"}')
    await new Promise((resolve) => setTimeout(resolve, 20))
    const held = a.hours.length
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(a.hours.length).toBe(held)
    expect(held).toBeLessThan(60)
    command('{"cmd":"go"}')
    expect(await fleet.ended).toBe('finished')
    expect(a.hours).toEqual(range(0, 60))
  })
  test('stop ends it after the hour that is being given', async () => {
    const { a, fleet, command, untilTaken } = steered()
    await untilTaken(5)
    command('{"cmd":"stop"}')
    expect(await fleet.ended).toBe('stopped')
    expect(a.hours).toEqual(range(0, a.hours.length))
    expect(a.hours.length).toBeLessThan(1_000)
  })
  test('stop with a time ends it before that time', async () => {
    const { a, fleet, command } = steered()
    command(`{"cmd":"stop","at":"${new Date(instant(20)).toISOString()}"}`)
    expect(await fleet.ended).toBe('finished')
    expect(a.hours).toEqual(range(0, 20))
  })
  test('a fault begins with the next hour, and only at a known station', async () => {
    const { a, fleet, command, untilTaken } = steered(30)
    await untilTaken(10)
    expect(command('{"cmd":"fault","device":"nobody","fault":{"kind":"silent"}}')).toMatchObject({
      ok: false,
      error: { code: 'command/unknownDevice' },
    })
    command('{"cmd":"fault","device":"a","fault":{"kind":"silent"}}')
    await fleet.ended
    expect(a.hours).toEqual(range(0, 30))
    expect(a.cuts.slice(0, 10)).toEqual(range(0, 10).map(() => false))
    expect(a.cuts.at(-1)).toBe(true)
  })
  test('a malformed command is refused with an example', () => {
    for (const line of [
      'hello',
      '{"cmd":"speed","hoursPerSecond":0}',
      '{"cmd":"jump"}',
      `"${'x'.repeat(9_000)}"`,
    ])
      expect(parseCommand(line)).toMatchObject({
        ok: false,
        error: { code: 'command/malformed', message: expect.stringContaining('hoursPerSecond') as string },
      })
  })
})

describe('a silent station', () => {
  test('has its cable cut for the span of the fault', async () => {
    const a = createRecorder('a')
    const fault = Fault.parse({
      kind: 'silent',
      from: new Date(instant(3)).toISOString(),
      until: new Date(instant(5)).toISOString(),
    })
    await runFleet(recordingPorts(), { ...fleetConfig([a], 7), faults: new Map([['a', [fault]]]) }).ended
    expect(a.cuts).toEqual([false, false, false, true, true, false, false])
    expect(a.hours).toEqual(range(0, 7))
  })
})
