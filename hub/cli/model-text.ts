/** A version in lines: what it is, how good it is, and every gate with its numbers. */
import { METRIC_NAME } from '@fleetcast/shared/recipe/metric.ts'
import { shortDigest } from '@fleetcast/shared/ids.ts'
import type { GateOverrideResource } from '../api/resources/gates.ts'
import type { ModelResource } from '../api/resources/model.ts'
import { fileFacts } from '../runs/file-facts.ts'
import { day, lossOrNull, textTable } from './text-table.ts'

/** `passed`, `failed: slices`, `overridden` or `-` for a version that is older than the gates. */
export function gatesWord({ gates }: Pick<ModelResource, 'gates'>): string {
  if (gates === null) return '-'
  if (gates.passed) return 'passed'
  return gates.blocking.length === 0 ? 'overridden' : `failed: ${gates.blocking.join(', ')}`
}

export function modelText(model: ModelResource): string {
  return [
    `${model.recipe}@${model.version}, ${model.algorithm}, bundle ${shortDigest(model.digest)}, ${model.release.state}`,
    `trained on ${model.trainedOn} (${model.rows} rows of dataset ${shortDigest(model.dataset)}), run key ${shortDigest(model.runKey)}`,
    `test ${METRIC_NAME[model.metric]} ${lossOrNull(model.testMae)}, persistence ${lossOrNull(model.persistenceMae)}, seasonal persistence ${lossOrNull(model.seasonalPersistenceMae)}, climatology ${lossOrNull(model.climatologyMae)}`,
    ...(model.accuracy === null
      ? []
      : [
          `likeliest class right ${percentText(model.accuracy.model)}, persistence ${percentText(model.accuracy.persistence)}`,
        ]),
    ...fileFacts(model).map(([name, value]) => `${name}: ${value}`),
    `served by ${model.serving.join(', ') || 'nobody'}`,
    ...gateLines(model),
    ...model.overrides.map(overrideText),
  ].join('\n')
}

const percentText = (share: number): string => `${(100 * share).toFixed(1)} %`

function gateLines({ gates }: ModelResource): readonly string[] {
  if (gates === null) return ['gates: none; the version is older than they are']
  const number = (value: number | null): string =>
    value === null ? '-' : String(Number(value.toPrecision(4)))
  const table = textTable(
    ['GATE', 'VERDICT', 'VALUE', 'LIMIT', 'INTERVAL', 'ROWS', 'DAYS', 'IN WORDS'],
    gates.gates.map((gate) => [
      gate.slice === null ? gate.gate : `  ${gate.slice}`,
      gate.verdict,
      number(gate.value),
      number(gate.limit),
      gate.lower === null || gate.upper === null ? '-' : `${number(gate.lower)}..${number(gate.upper)}`,
      gate.n,
      gate.days,
      gate.message,
    ]),
  )
  return [
    `gates: ${gatesWord({ gates })}; policy ${shortDigest(gates.policyDigest)}`,
    ...weakerLines({ gates }),
    table,
  ]
}

/** Nothing where the version's policy is as strict as the defaults. */
export const weakerLines = ({ gates }: Pick<ModelResource, 'gates'>): readonly string[] =>
  gates === null || gates.weaker.length === 0 ? [] : [`weaker than default: ${gates.weaker.join(', ')}`]

export const overrideText = (one: GateOverrideResource): string =>
  `override of ${one.gate}: ${one.state}; asked by ${one.requestedBy} on ${day(one.requestedAt)}: ${one.reason}` +
  (one.decidedBy === null ? '' : `; decided by ${one.decidedBy}: ${one.decisionReason ?? ''}`)
