import * as z from 'zod'

/** Which rows of a dataset a run may see: stations, and event times from (inclusive) until (exclusive). */
export const RunSelection = z.strictObject({
  stations: z.array(z.string().max(63)).min(1).max(10_000).nullable(),
  from: z.iso.datetime().nullable(),
  until: z.iso.datetime().nullable(),
})
export type RunSelection = z.infer<typeof RunSelection>

/** In words: `ewr, jfk, lga until 2014-01-01`. */
export function selectionText({ stations, from, until }: RunSelection): string {
  const where = stations === null ? 'all stations' : stations.join(', ')
  const since = from === null ? '' : ` from ${from.slice(0, 10)}`
  return `${where}${since}${until === null ? '' : ` until ${until.slice(0, 10)}`}`
}
