/** What a training run left behind, read and in the one byte form that is shipped and compared. */
import { assert } from '@fleetcast/shared/assert.ts'
import { Golden } from '@fleetcast/shared/bundle/golden.ts'
import { canonicalJson } from '@fleetcast/shared/crypto/canonical-json.ts'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import { ReferenceProfile } from '@fleetcast/shared/sketches/reference-profile.ts'
import { comparableReport, RunReport } from '../runs/run-report.ts'
import type { TrainerFiles } from '../runs/trainer.ts'
import type { RunOut } from './train-lock.ts'

export type RunOuts = {
  readonly report: RunReport
  readonly onnx: Uint8Array
  readonly referenceProfile: Uint8Array
  readonly golden: Uint8Array
  /** What a second run with equal inputs has to repeat. */
  readonly outs: readonly RunOut[]
}

/** `files`: `model.onnx`, `report.json`, `golden.json` and `reference-profile.json`. */
export function readOuts(files: TrainerFiles): RunOuts {
  const report = RunReport.parse(jsonOf(files, 'report.json'))
  const onnx = fileNamed(files, 'model.onnx')
  const golden = canonicalJson(Golden.parse(jsonOf(files, 'golden.json')))
  const profile = ReferenceProfile.parse(jsonOf(files, 'reference-profile.json'))
  const referenceProfile = canonicalJson(profile)
  const outs = [
    outOf('model.onnx', onnx),
    reportOut(report),
    outOf('golden.json', golden),
    outOf('reference-profile.json', referenceProfile),
  ]
  return { report, onnx, golden, referenceProfile, outs }
}

/** A report as it is compared: without times. */
export const reportOut = (report: RunReport): RunOut =>
  outOf('report.json', canonicalJson(comparableReport(report)))

const outOf = (name: string, bytes: Uint8Array): RunOut => ({
  name,
  digest: sha256(bytes),
  size: bytes.length,
})

function fileNamed(files: TrainerFiles, name: string): Uint8Array {
  const bytes = files.get(name)
  assert(bytes !== undefined, `a training run leaves ${name} behind`)
  return bytes
}

export const jsonOf = (files: TrainerFiles, name: string): unknown =>
  JSON.parse(new TextDecoder().decode(fileNamed(files, name)))
