/** What it costs that a report proves its sender: signing on the device, verifying in the hub, bytes on the wire. */
import { generateKeyPairSync } from 'node:crypto'
import { cpus } from 'node:os'
import { assert } from '@fleetcast/shared/assert.ts'
import { DeviceId, SiteId } from '@fleetcast/shared/ids.ts'
import {
  createLineSigner,
  isSignedBy,
  lineKey,
  SIGNATURE_BYTES,
  splitSignedLine,
} from '@fleetcast/shared/protocol/signed-line.ts'
import type { BenchRow } from './bench-row.ts'
import { stationMessage } from './station-message.ts'

const ROUNDS = 7
const A_ROUND = 2_000

export async function benchReports(print: (row: BenchRow) => void): Promise<void> {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const sign = createLineSigner(keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  const key = lineKey(keys.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'))
  assert(key !== null, 'a P-256 key')
  const line = stationMessage({ site: SiteId.parse('sea'), device: DeviceId.parse('sea-1') })
  const payload = Buffer.from(sign(line))
  const verify = (): void => {
    const split = splitSignedLine(payload)
    assert(split.ok && isSignedBy(key, split.value), 'a good signature')
  }
  const conditions = `P-256, node:crypto, one thread, a report of ${Buffer.byteLength(line)} bytes; median of ${ROUNDS} rounds of ${A_ROUND}; ${cpus().length} cores`
  const row = (metric: string, value: number, unit: string): void =>
    print({ bench: 'reports', metric, value, unit, against: '', conditions })
  row(
    'signRate',
    rateOf(() => sign(line)),
    'reports/s',
  )
  row('verifyRate', rateOf(verify), 'reports/s')
  row('signatureBytes', SIGNATURE_BYTES, 'bytes/report')
  row('signatureShare', Math.round((SIGNATURE_BYTES / Buffer.byteLength(line)) * 1_000) / 1_000, 'ratio')
}

function rateOf(work: () => unknown): number {
  const rates = Array.from({ length: ROUNDS }, () => {
    const startedAt = performance.now()
    for (let i = 0; i < A_ROUND; i++) work()
    return A_ROUND / ((performance.now() - startedAt) / 1_000)
  })
  return Math.round(rates.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]!)
}
