/** The built agent as a process of its own, connected to a broker, serving a model: memory after two hundred readings, and its start. */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createServer, type Server } from 'node:tls'
import { Aedes } from 'aedes'
import { openBundleFolder } from '@fleetcast/agent/adapters/bundle-folder.ts'
import { enrolmentFile } from '@fleetcast/agent/adapters/enrolment-file.ts'
import { openStore } from '@fleetcast/agent/adapters/sqlite-store.ts'
import { RELEASED_TABLE, rememberReleased } from '@fleetcast/agent/update/released-models.ts'
import { BUNDLE_TABLE, storeOutcome } from '@fleetcast/agent/update/bundles-table.ts'
import { downTopic } from '@fleetcast/shared/protocol/topics.ts'
import { MetadataRequest } from '@fleetcast/shared/protocol/metadata.ts'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import { createFleetAuthority } from '../tests/hub/devices/fleet-authority.ts'
import type { Ordered } from '@fleetcast/shared/trust/device-trust.ts'
import { targetPath } from '@fleetcast/shared/trust/model-target.ts'
import type { BenchRow } from './bench-row.ts'
import { TrustWorld, type WorldModel } from '../tests/trust/world.ts'
import { createBenchStation, HIDDEN, type BenchStation } from './bench-station.ts'

const PROGRAM = 'agent/dist/main.js'
const STARTS = 5
/** More than a window, at a pace at which the station also rests. */
const READINGS = 200
const READINGS_A_TICK = 5
const TICK_MS = 50
/** As the service unit starts it: V8 may not keep 16 MB for objects that die at once. */
const NODE_FLAGS = ['--max-semi-space-size=1', '--v8-pool-size=1']
const PROC = '/proc'
const GENERATION = 2

export async function benchFootprint(print: (row: BenchRow) => void): Promise<void> {
  if (!existsSync(PROGRAM) || !existsSync(PROC))
    throw new Error(`footprint needs ${PROGRAM} ("npm run build") and a Linux ${PROC}`)
  const aedes = await Aedes.createBroker({ concurrency: 0 })
  const fleet = await createFleetAuthority()
  const { key, certificate: cert } = fleet.server
  const tls = { key, cert, ca: fleet.certificate, requestCert: true, noDelay: true }
  const server: Server = createServer(tls, aedes.handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const folder = await mkdtemp(join(tmpdir(), 'fleetcast-bench-'))
  try {
    const station = await createBenchStation(`mqtts://127.0.0.1:${port}`, fleet)
    await installModel(folder, station)
    serveMetadata(aedes, station)
    const runs: { startMs: number; rssMb: number }[] = []
    for (let run = 0; run < STARTS; run++) runs.push(await measure(folder, run))
    const conditions = `Node ${process.versions.node} ${NODE_FLAGS.join(' ')}, model 504-${HIDDEN.join('-')}-1 loaded, MQTT connected over mutual TLS, median of ${STARTS}`
    const row = { bench: 'footprint', against: 'absolute' }
    const rssMb = median(runs.map((run) => run.rssMb))
    print({
      ...row,
      metric: 'rssMb',
      value: rssMb,
      unit: 'MB',
      conditions: `${conditions}, after ${READINGS} readings in ${(READINGS * TICK_MS) / READINGS_A_TICK / 1_000} s`,
    })
    const startMs = median(runs.map((run) => run.startMs))
    print({
      ...row,
      metric: 'startMs',
      value: startMs,
      unit: 'ms',
      conditions: `${conditions}, from spawn to ready to answer`,
    })
  } finally {
    await new Promise<void>((resolve) => aedes.close(() => resolve()))
    server.close()
    await rm(folder, { recursive: true, force: true })
  }
}

const orderedOf = ({ digest, length, line, version }: WorldModel): Ordered => ({
  path: targetPath(line, version),
  role: 'champion',
  digest,
  length,
  model: { line, version, epoch: 1, hardware: ['*'] },
})

/** The order that the station follows already, so that its checks are those of every day. */
function serveMetadata(aedes: Aedes, { enrolment, bundle, trustKeys }: BenchStation): void {
  const world = new TrustWorld(trustKeys, enrolment.device)
  world.release(bundle.model)
  world.order({ generation: GENERATION, champion: bundle.digest })
  aedes.on('publish', ({ topic, payload }) => {
    if (!topic.endsWith('/up/request')) return
    const request = MetadataRequest.parse(JSON.parse(payload.toString()))
    const answer = Buffer.from(world.answer(request))
    const packet = { cmd: 'publish', qos: 0, retain: false, dup: false } as const
    aedes.publish({ ...packet, topic: downTopic(enrolment, 'metadata'), payload: answer }, () => {})
  })
}

/** The state of a station whose champion has passed its trial. */
async function installModel(folder: string, { enrolment, bundle }: BenchStation): Promise<void> {
  await enrolmentFile(join(folder, 'enrolment.json')).write(enrolment)
  const files = await openBundleFolder(join(folder, 'models'))
  for (const bytes of bundle.blobs) {
    await files.appendPartial(sha256(bytes), 0, bytes)
    await files.finishPartial(sha256(bytes))
  }
  await files.writeManifest(bundle.digest, bundle.manifest)
  const store = openStore(join(folder, 'agent.sqlite'))
  store.run(BUNDLE_TABLE)
  store.run(RELEASED_TABLE)
  rememberReleased(store, [orderedOf(bundle.model)])
  storeOutcome(store, { digest: bundle.digest, state: 'installed', code: null, message: null })
  const { device } = enrolment
  const champion = { champion: bundle.digest, candidate: null, prefetch: [] }
  store.writeDocument('desired', {
    schema: 'fleetcast/desired/1',
    device,
    generation: GENERATION,
    ...champion,
  })
  store.writeDocument('serving', { kind: 'committed', good: bundle.digest, previous: null })
  store.close()
}

async function measure(folder: string, run: number): Promise<{ startMs: number; rssMb: number }> {
  const spawnedAt = performance.now()
  const child = spawn(
    process.execPath,
    [...NODE_FLAGS, PROGRAM, 'run', '--state', folder, '--sensors', '-', '--local-port', '0'],
    {
      stdio: ['pipe', 'ignore', 'pipe'],
    },
  )
  try {
    const lines = createInterface({ input: child.stderr! })[Symbol.asyncIterator]()
    const up = await lineWith(lines, 'agent up')
    const startMs = Math.round(performance.now() - spawnedAt)
    await feed(child, Number(up['localPort']), run)
    return { startMs, rssMb: await rssOf(child) }
  } finally {
    const exited = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await exited
  }
}

async function lineWith(lines: AsyncIterator<string>, message: string): Promise<Record<string, unknown>> {
  for (;;) {
    const { value, done } = await lines.next()
    if (done) throw new Error(`the agent ended before it said "${message}"`)
    const fields = JSON.parse(value) as Record<string, unknown>
    if (fields['msg'] === message) return fields
  }
}

/** Hourly readings through standard input; done when the agent has counted them. */
async function feed(child: ChildProcess, port: number, run: number): Promise<void> {
  for (let n = 0; n < READINGS; n++) {
    if (n % READINGS_A_TICK === 0) await sleep(TICK_MS)
    const at = Date.UTC(2022, 0, 1) + (run * READINGS + n) * 3_600_000
    const wave = Math.sin(n / 4) + (n % 7) / 10
    const values = {
      temperature: 10 + wave,
      dewPoint: 5 + wave,
      humidity: 60 + wave,
      windSpeed: 3,
      pressure: 1013 + wave,
    }
    child.stdin!.write(`${JSON.stringify({ at, values })}\n`)
  }
  for (;;) {
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    const byModel = Number(/forecasts_total\{by="model"\} (\d+)/.exec(metrics)?.[1])
    const isDone = metrics.includes(`fleetcast_agent_readings_total ${READINGS}\n`)
    // The first windows have gaps, which this network does not fill.
    if (isDone && byModel < READINGS / 2) throw new Error(`the model served only ${byModel} forecasts`)
    if (isDone) return
    await sleep(TICK_MS)
  }
}

async function rssOf({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(join(PROC, String(pid), 'status'), 'utf8')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1_024)
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!

const sleep = async (ms: number): Promise<void> => await new Promise((resolve) => setTimeout(resolve, ms))
