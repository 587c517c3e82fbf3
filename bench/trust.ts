/** What trust costs: signatures, refreshes of both repositories, a bundle, connections. */
import { generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto'
import { cpus } from 'node:os'
import { createFleetAuthority } from '../tests/hub/devices/fleet-authority.ts'
import type { BenchRow } from './bench-row.ts'
import { DOWNLOADS, measureBundle, MODEL_MB } from './trust-bundle.ts'
import { CONNECTIONS, measureConnections } from './trust-connections.ts'
import { measureRefresh, REFRESHES, TARGETS } from './trust-refresh.ts'

/** A director's timestamp. */
const SIGNED_BYTES = 600
const SIGNING_MS = 1_000

export async function benchTrust(print: (row: BenchRow) => void): Promise<void> {
  const machine = `Node ${process.versions.node}, ${cpus().length} cores, loopback`
  const row = (metric: string, value: number, unit: string, conditions: string): void =>
    print({
      bench: 'trust',
      metric,
      value,
      unit,
      against: 'absolute',
      conditions: `${conditions}; ${machine}`,
    })
  const authority = await createFleetAuthority()
  // First, while the process is small: memory that others have left behind would hide what a connection takes.
  const connections = await measureConnections(authority)
  const held = `${CONNECTIONS} MQTT connections with full mutual-TLS handshakes, stations in a child process`
  row('connectsPerSecond', Math.round(connections.connectsPerSecond), 'connections/s', held)
  row('connectionMemory', Math.round(connections.kilobytesEach), 'kB', `${held}, slope of the broker's RSS`)
  for (const type of ['ed25519', 'p256'] as const) {
    const { signed, verified } = signatures(type)
    row(`${type}SignaturesPerSecond`, signed, 'signatures/s', `${SIGNED_BYTES} bytes, one thread`)
    row(`${type}VerificationsPerSecond`, verified, 'verifications/s', `${SIGNED_BYTES} bytes, one thread`)
  }
  const refresh = await measureRefresh(authority)
  const both =
    `director and image repository over MQTT with mutual TLS, ${TARGETS} targets (${refresh.targetsBytes} bytes), ` +
    `hub and station in one process, stored with fsync, median of ${REFRESHES}`
  row('refreshColdMs', round1(refresh.coldMs), 'ms', `nothing stored; ${both}`)
  row('refreshNothingNewMs', round1(refresh.nothingNewMs), 'ms', `nothing new; ${both}`)
  row('refreshNewReleaseMs', round1(refresh.newReleaseMs), 'ms', `new release and order; ${both}`)
  const bundle =
    `${MODEL_MB} MB model by blocks of 64 kB, four asked for at once, verified and stored with fsync, ` +
    `hub and station in one process, median of ${DOWNLOADS}`
  row('bundleRate', round1(await measureBundle(authority)), 'MB/s', bundle)
}

function signatures(type: 'ed25519' | 'p256'): { signed: number; verified: number } {
  const pair =
    type === 'p256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519')
  const algorithm = type === 'p256' ? 'sha256' : null
  const bytes = randomBytes(SIGNED_BYTES)
  const signature = sign(algorithm, bytes, pair.privateKey)
  return {
    signed: perSecond(() => void sign(algorithm, bytes, pair.privateKey)),
    verified: perSecond(() => void verify(algorithm, bytes, pair.publicKey, signature)),
  }
}

function perSecond(work: () => void): number {
  for (let n = 0; n < 50; n++) work()
  const startedAt = performance.now()
  let done = 0
  for (; performance.now() - startedAt < SIGNING_MS; done++) work()
  return Math.round((done * 1_000) / (performance.now() - startedAt))
}

const round1 = (value: number): number => Math.round(value * 10) / 10
