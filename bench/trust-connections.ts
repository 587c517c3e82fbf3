/** Mutual-TLS connects a second and what a connection weighs in the broker; the stations are a child process. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { FleetAuthority } from '../tests/hub/devices/fleet-authority.ts'
import { median, NOTHING, openBenchHub } from './trust-fleet.ts'

export const CONNECTIONS = 500
const STEP = 100
/** The first ones only warm the process up. */
const WARM_UP = 200
const SETTLE_MS = 1_000

export type ConnectionFigures = { readonly connectsPerSecond: number; readonly kilobytesEach: number }

export async function measureConnections(authority: FleetAuthority): Promise<ConnectionFigures> {
  const stations: object[] = []
  for (let n = 0; n < WARM_UP + CONNECTIONS; n++) {
    const device = `bench-${n}`
    const { privateKey: key, certificate: cert, certificateAuthorities: ca } = await authority.device(device)
    stations.push({ device, tls: { key, cert, ca } })
  }
  const hub = await openBenchHub(authority, NOTHING)
  const child = fork(join(process.cwd(), 'bench', 'lean-connections.mjs'))
  try {
    const connect = async (from: number, count: number): Promise<number> =>
      await ask(child, { port: hub.broker.port, stations: stations.slice(from, from + count) })
    await connect(0, WARM_UP)
    const rates: number[] = []
    const memory: [number, number][] = [[0, await restingBytes()]]
    for (let open = 0; open < CONNECTIONS; open += STEP) {
      rates.push(await connect(WARM_UP + open, STEP))
      memory.push([open + STEP, await restingBytes()])
    }
    return { connectsPerSecond: median(rates), kilobytesEach: slopeOf(memory) / 1_024 }
  } finally {
    child.disconnect()
    await hub.close()
  }
}

async function ask(child: ChildProcess, work: object): Promise<number> {
  child.send(work)
  const [{ rate }] = (await once(child, 'message')) as [{ rate: number }]
  return rate
}

/** After what the handshakes left behind is collected. */
async function restingBytes(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  globalThis.gc?.()
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  return process.memoryUsage.rss()
}

/** Least squares. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (of: (point: readonly [number, number]) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length
  const [meanX, meanY] = [mean(([x]) => x), mean(([, y]) => y)]
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0)
  return covariance / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
}
