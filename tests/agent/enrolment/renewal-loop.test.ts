/** The loop against a whole real hub; time passes when somebody sleeps. */
import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createJoinPorts } from '@fleetcast/agent/adapters/node-ports.ts'
import { joinHub } from '@fleetcast/agent/enrolment/join-hub.ts'
import { RenewalLoop, type RenewalPorts } from '@fleetcast/agent/enrolment/renewal-loop.ts'
import { Enrolment } from '@fleetcast/shared/protocol/enrolment.ts'
import { createRandom } from '@fleetcast/shared/random.ts'
import { DAY_MS, epochMs, ms, type EpochMs } from '@fleetcast/shared/units.ts'
import { openAuthorityFiles } from '../../../hub/adapters/authority-files.ts'
import { publicKeyOf } from '../../../hub/devices/sign-certificate.ts'
import { eventually } from '../fixtures/station-harness.ts'
import { startRunningHub, type RunningHub } from '../../hub/running-hub.ts'

let hub: RunningHub
let folder: string
let stopping: AbortController
let running: Promise<void>
let lines: string[]
beforeAll(async () => {
  hub = await startRunningHub()
})
afterAll(() => hub.stop())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleetcast-renewal-'))
  stopping = new AbortController()
  running = Promise.resolve()
  lines = []
})
afterEach(async () => {
  stopping.abort()
  await running
  await rm(folder, { recursive: true })
})

let count = 0
async function enrolled(): Promise<Enrolment> {
  const { joinString } = await hub.announce(`sea-${++count}`)
  const joined = await joinHub(createJoinPorts(folder), joinString)
  if (!joined.ok) throw new Error(joined.error.message)
  return joined.value
}

/** The same enrolment with a certificate of some days ago. */
async function agedBy(days: number, enrolment: Enrolment): Promise<Enrolment> {
  const { authority } = await openAuthorityFiles(join(hub.folder, 'trust'), [])
  const at = epochMs(Date.now() - days * DAY_MS)
  const { pem } = await authority.issue(enrolment.device, publicKeyOf(enrolment.privateKey), at)
  return { ...enrolment, certificate: pem }
}

const kept = async (): Promise<Enrolment> =>
  Enrolment.parse(JSON.parse(await readFile(join(folder, 'enrolment.json'), 'utf8')))
const untilOf = (pem: string): number => Date.parse(new X509Certificate(pem).validTo)

type Start = { readonly now?: () => EpochMs; readonly http?: RenewalPorts['http'] }

function start(enrolment: Enrolment, { now = () => epochMs(Date.now()), http }: Start = {}) {
  let monotonic = 0
  const asked: string[] = []
  const ports = createJoinPorts(folder)
  const say = (fields: object, message: string): void =>
    void lines.push(`${message} ${JSON.stringify(fields)}`)
  const loop = new RenewalLoop(
    {
      ...ports,
      http: http ?? {
        ...ports.http,
        postJson: async (url, ...rest) => {
          asked.push(url)
          return await ports.http.postJson(url, ...rest)
        },
      },
      clock: {
        now,
        monotonic: () => ms(monotonic),
        sleep: async (duration) => {
          for (let turn = 0; turn < 20; turn++) await setImmediate()
          monotonic += duration
        },
      },
      random: createRandom(1),
      log: { info: say, warn: say, error: say },
      pauseAfter: (last) => ms(Math.min(3_600_000, 1_000 + last * 2)),
    },
    enrolment,
  )
  running = loop.run(stopping.signal)
  return { loop, asked, days: () => monotonic / DAY_MS }
}

describe('the certificate', () => {
  test('is renewed when two thirds of its life are over, and kept for its owner alone', async () => {
    const old = await agedBy(70, await enrolled())
    const { loop } = start(old)
    await eventually(
      () => loop.certificate,
      (pem) => pem !== old.certificate,
    )
    expect(untilOf(loop.certificate)).toBeGreaterThan(Date.now() + 89 * DAY_MS)
    expect((await kept()).certificate).toBe(loop.certificate)
    expect((await kept()).privateKey).toBe(old.privateKey)
    expect((await stat(join(folder, 'enrolment.json'))).mode & 0o777).toBe(0o600)
    expect(lines.join()).toContain('the certificate was renewed')
  })
  test('is renewed after it has expired', async () => {
    const { loop } = start(await agedBy(200, await enrolled()))
    await eventually(
      () => untilOf(loop.certificate),
      (until) => until > Date.now(),
    )
  })
  test('is left alone while it is young', async () => {
    const enrolment = await enrolled()
    const { loop, asked, days } = start(enrolment)
    await eventually(days, (passed) => passed > 2)
    expect(asked).toEqual([])
    expect(loop.certificate).toBe(enrolment.certificate)
  })
  test('is renewed at once when the broker refuses it, however young it looks here', async () => {
    const { loop, asked, days } = start(await enrolled())
    loop.onRefused()
    await eventually(
      () => asked.length,
      (n) => n === 1,
    )
    expect(days()).toBeLessThan(1 / 24)
  })
  test.each([
    ['1970', 0],
    ['2099', Date.UTC(2099, 0, 1)],
  ])('is renewed once a day of running time by a clock that says %s', async (_year, at) => {
    const { asked, days } = start(await enrolled(), { now: () => epochMs(at) })
    await eventually(days, (passed) => passed > 3.2)
    expect(asked.length).toBeGreaterThanOrEqual(3)
    expect(asked.length).toBeLessThanOrEqual(5)
  })
})

describe('a renewal that fails', () => {
  test('is tried again after growing pauses, until the hub answers', async () => {
    const old = await agedBy(200, await enrolled())
    const ports = createJoinPorts(folder)
    let failures = 0
    const { loop, days } = start(old, {
      http: {
        ...ports.http,
        postJson: async (...args) => {
          if (failures++ < 8) throw new Error('the hub is away')
          return await ports.http.postJson(...args)
        },
      },
    })
    await eventually(
      () => loop.certificate,
      (pem) => pem !== old.certificate,
    )
    expect(failures).toBe(9)
    expect(days()).toBeLessThan(1)
    expect(lines.filter((line) => line.includes('tried again')).length).toBe(8)
  })
  test('with the certificate of another key changes nothing', async () => {
    const old = await agedBy(200, await enrolled())
    const foreign = await enrolledElsewhere()
    const { loop } = start(old, {
      http: {
        ...createJoinPorts(folder).http,
        postJson: async () => await Promise.resolve({ status: 200, body: { certificate: foreign } }),
      },
    })
    await eventually(
      () => lines.join(),
      (text) => text.includes('certificate of another key'),
    )
    expect(loop.certificate).toBe(old.certificate)
    expect((await kept()).certificate).not.toBe(foreign)
  })
  test('because the device was revoked says so clearly, and asks more and more rarely', async () => {
    const enrolment = await enrolled()
    await hub.post(`/api/v1/devices/${enrolment.device}/revoke`, { reason: 'a test' })
    const { loop, asked, days } = start(enrolment)
    const nagging = setInterval(loop.onRefused, 1)
    await eventually(days, (passed) => passed > 1)
    clearInterval(nagging)
    expect(lines.join()).toContain('this device was revoked')
    expect(asked.length).toBeLessThan(24 + 15)
  })
})

async function enrolledElsewhere(): Promise<string> {
  const other = await mkdtemp(join(tmpdir(), 'fleetcast-renewal-'))
  const { joinString } = await hub.announce(`sea-${++count}`)
  const joined = await joinHub(createJoinPorts(other), joinString)
  await rm(other, { recursive: true })
  if (!joined.ok) throw new Error(joined.error.message)
  return joined.value.certificate
}
