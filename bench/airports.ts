/** One model for all airports, trained on 2013-2015, against persistence at every station in 2022. */
import { AIRPORTS, airportTable, judge, openAirports, train } from '../tests/hub/runs/airports.ts'
import type { BenchRow } from './bench-row.ts'
import { cpuSeconds } from './cpu-seconds.ts'

export async function benchAirports(print: (row: BenchRow) => void): Promise<void> {
  const table = airportTable()
  if (table === null) return
  const airports = await openAirports(table)
  const startedAt = cpuSeconds()
  const onnx = await train(
    await airports.seriesOf({ stations: null, from: null, until: '2016-01-01T00:00:00Z' }),
  )
  const trainCpuS = cpuSeconds() - startedAt
  const later = await airports.seriesOf({ stations: null, from: '2022-01-01T00:00:00Z', until: null })
  const [persistence, model] = [await judge(null, later), await judge(onnx, later)]
  airports.remove()
  const conditions =
    'shipped recipe, every station of 2013-2015, range and step checks, every hour of 2022 that has a truth'
  const row = { bench: 'airports', against: 'persistence, same rows', conditions }
  for (const { id } of AIRPORTS) {
    print({ ...row, metric: `persistenceMae.${id}`, value: round(persistence[id]!), unit: 'C' })
    print({ ...row, metric: `mae.${id}`, value: round(model[id]!), unit: 'C' })
    print({ ...row, metric: `ratio.${id}`, value: round(model[id]! / persistence[id]!), unit: 'ratio' })
  }
  print({ ...row, metric: 'onnxBytes', value: onnx.length, unit: 'bytes', against: 'none' })
  print({ ...row, metric: 'trainCpuS', value: round(trainCpuS), unit: 's', against: 'none' })
}

const round = (value: number): number => Math.round(value * 1_000) / 1_000
