/** Rows that stand behind a later row of their station: harmless to the dataset, but a sign of how the file was made. */
import type { ColumnEngine } from '../ports/column-engine.ts'
import { EXAMPLES_MAX, type DatasetFinding } from './dataset-report.ts'
import { timeText } from './time-text.ts'

/** One finding a station with such rows, from `staged` in the file's order. */
export async function countUnordered(
  engine: ColumnEngine,
  stations: readonly string[],
): Promise<readonly DatasetFinding[]> {
  const newest = new Float64Array(stations.length).fill(Number.NEGATIVE_INFINITY)
  const unordered = stations.map(() => ({ count: 0, examples: [] as string[] }))
  for await (const { rows, columns } of engine.stream('SELECT station::DOUBLE, ms::DOUBLE FROM staged')) {
    const [station, time] = columns
    for (let row = 0; row < rows; row++) {
      const place = station![row]!
      if (time![row]! >= newest[place]!) newest[place] = time![row]!
      else note(unordered[place]!, time![row]!, newest[place]!)
    }
  }
  return stations.flatMap((station, place) => {
    const { count, examples } = unordered[place]!
    return count === 0 ? [] : [{ code: 'dataset/unorderedRows', station, channel: null, count, examples }]
  })
}

function note(unordered: { count: number; readonly examples: string[] }, time: number, newest: number): void {
  unordered.count += 1
  if (unordered.examples.length < EXAMPLES_MAX)
    unordered.examples.push(`${timeText(time)} after ${timeText(newest)}`)
}
