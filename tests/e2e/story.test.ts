/** The main job on real observations and on generated weather, headless, as a newcomer starts it; then its dashboard. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Summary } from '../../hub/api/views/summary-view.ts'
import { fleetcast, freePort, temporaryFolder } from './programs.ts'
import { realData } from './real-data.ts'
import { lookAtDashboard, type Seen } from './dashboard.ts'

const FIVE_MINUTES = 300_000
const folder = temporaryFolder()
afterAll(() => folder.remove())

type Told = { readonly code: number | null; readonly summary: Summary; readonly output: string }

async function tellStory(name: string, ...flags: string[]): Promise<Told> {
  const summaryFile = join(folder.path, `${name}.json`)
  const ports = ['--port', String(await freePort()), '--mqtt-port', String(await freePort())]
  const files = ['--state', join(folder.path, name), '--summary', summaryFile]
  const demo = fleetcast('demo', '--headless', ...files, ...ports, ...flags)
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
      const { summary } = await tellStory('airports', '--data', airports!)
      for (const device of ['ewr', 'jfk', 'lga']) expect(stageOf(summary, 1, device)?.verdict).toBe('pass')
      expect(summary.rollouts.map((rollout) => [rollout.version, rollout.state])).toEqual([
        [1, expect.stringMatching(/aborted|paused/)],
        [2, 'completed'],
      ])
      expect(summary.devices.map((device) => device.champion)).toEqual([2, 2, 2, 2, 2])
      for (const model of summary.models) expect(model.testMae).toBeLessThan(model.persistenceMae)
      expect(summary.telemetry).toMatchObject({ rejected: 0, lost: 0 })
      expect(summary.telemetry.accepted).toBeGreaterThan(100)
    },
  )
})

describe('on generated weather', () => {
  let told: Told
  beforeAll(async () => {
    told = await tellStory('generated')
  }, FIVE_MINUTES)

  test('tells the same story and says that its weather is not real', () => {
    const { summary, output } = told
    expect(output).toContain('generated weather, not real')
    expect(summary.rollouts.map((rollout) => [rollout.version, rollout.state])).toEqual([
      [1, expect.stringMatching(/aborted|paused/)],
      [2, 'completed'],
    ])
    expect(summary.devices.every((device) => device.champion === 2)).toBe(true)
    expect(summary.telemetry).toMatchObject({ rejected: 0, lost: 0 })
  })

  test('a second start resumes: nothing is trained or rolled out again', { timeout: 60_000 }, async () => {
    const again = await tellStory('generated')
    expect(again.summary.models).toEqual(told.summary.models)
    expect(again.summary.rollouts).toEqual(told.summary.rollouts)
    expect(again.output).not.toContain('training version')
  })

  describe('its dashboard in a real browser', () => {
    let seen: Seen
    beforeAll(async () => {
      seen = await lookAtDashboard(join(folder.path, 'generated'))
    }, 180_000)

    test('every page renders without an error, in both themes, and fits a phone', () => {
      expect(seen.errors).toEqual([])
      expect(seen.overflowing).toEqual([])
      expect(seen.pages).toEqual(
        expect.arrayContaining(['overview', 'stations/harbor', 'rollouts', 'models', 'datasets']),
      )
    })
    test('shows the station, its version and the verdicts with their numbers', () => {
      expect(seen.text['overview']).toMatch(/harbor[\s\S]*v2/)
      expect(seen.text['rollouts/1-temperature-24h']).toMatch(/against persistence[\s\S]*margin/)
      expect(seen.text['stations/harbor']).toMatch(/W1[\s\S]*PSI/)
      expect(seen.text['datasets']).toContain('Coverage')
    })
    test('the theme can be switched and stays', () => {
      expect(seen.themes).toEqual(['light', 'dark', 'dark'])
    })
    test('a roll-back asks for a reason, and every station that can be reached goes back', () => {
      expect(seen.rollback.reasonKept.join()).toContain('a test of the way back')
      expect(seen.rollback.versionsAfter.length).toBeGreaterThanOrEqual(4)
      expect(seen.rollback.versionsAfter).not.toContain(2)
    })
    test('Ctrl-C stops hub and fleet cleanly within three seconds', () => {
      expect(seen.stop).toEqual({ code: 0, isWithinThreeSeconds: true })
    })
  })
})
