/** The main job on real observations and on generated weather, headless, as a newcomer starts it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Summary } from '../../hub/api/views/summary-view.ts'
import { fleetcast, freePort, temporaryFolder } from './programs.ts'
import { realData } from './real-data.ts'

const FIVE_MINUTES = 300_000
const folders: { remove: () => void }[] = []
afterAll(() => folders.forEach((folder) => folder.remove()))

async function tellStory(
  ...flags: string[]
): Promise<{ code: number | null; summary: Summary; output: string }> {
  const folder = temporaryFolder()
  folders.push(folder)
  const summaryFile = join(folder.path, 'summary.json')
  const ports = ['--port', String(await freePort()), '--mqtt-port', String(await freePort())]
  const demo = fleetcast(
    'demo',
    '--headless',
    '--state',
    join(folder.path, 'state'),
    '--summary',
    summaryFile,
    ...ports,
    ...flags,
  )
  const { code } = await demo.exited
  if (code !== 0) throw new Error(`the demo ended with ${code}:\n${demo.output().slice(-4_000)}`)
  return { code, output: demo.output(), summary: JSON.parse(readFileSync(summaryFile, 'utf8')) as Summary }
}

const stageOf = (summary: Summary, version: number, device: string) =>
  summary.rollouts
    .find((rollout) => rollout.version === version)
    ?.stages.find((stage) => stage.devices.includes(device))

const airports = realData('us_airports_demo_2013_14_15_22.csv.gz')

describe.skipIf(airports === null)('on real observations', () => {
  test(
    'version 1 earns New York and is stopped in the west; version 2 ends as champion everywhere',
    { timeout: FIVE_MINUTES },
    async () => {
      const { summary } = await tellStory('--data', airports!)
      for (const device of ['ewr', 'jfk', 'lga']) expect(stageOf(summary, 1, device)?.verdict).toBe('pass')
      expect(summary.rollouts.find((rollout) => rollout.version === 1)?.state).not.toBe('completed')
      expect(summary.rollouts.find((rollout) => rollout.version === 2)?.state).toBe('completed')
      expect(summary.devices.map((device) => device.champion)).toEqual([2, 2, 2, 2, 2])
      for (const model of summary.models) expect(model.testMae).toBeLessThan(model.persistenceMae)
      expect(summary.telemetry).toMatchObject({ rejected: 0, lost: 0 })
      expect(summary.telemetry.accepted).toBeGreaterThan(100)
    },
  )
})

describe('on generated weather', () => {
  test('tells the same story', { timeout: FIVE_MINUTES }, async () => {
    const { summary, output } = await tellStory()
    expect(output).toContain('generated weather, not real')
    expect(summary.rollouts.map((rollout) => [rollout.version, rollout.state])).toEqual([
      [1, expect.stringMatching(/aborted|paused/)],
      [2, 'completed'],
    ])
    expect(summary.devices.every((device) => device.champion === 2)).toBe(true)
    expect(summary.telemetry).toMatchObject({ rejected: 0, lost: 0 })
  })
})
