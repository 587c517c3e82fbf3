/** The public airport tables: a model of one climate wins there and loses elsewhere; one of all climates wins everywhere. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  AIRPORTS,
  airportTable,
  judge,
  NEW_YORK,
  openAirports,
  train,
  type Airports,
  type MaeBySite,
} from './airports.ts'

const table = airportTable()

describe.skipIf(table === null)('models of real stations, judged in a later year', () => {
  let airports: Airports
  let persistence: MaeBySite, first: MaeBySite, second: MaeBySite
  beforeAll(async () => {
    airports = await openAirports(table!)
    const { seriesOf } = airports
    const later = await seriesOf({ stations: null, from: '2022-01-01T00:00:00Z', until: null })
    const before = { from: null, until: '2016-01-01T00:00:00Z' }
    persistence = await judge(null, later)
    first = await judge(
      await train(await seriesOf({ ...before, stations: NEW_YORK, until: '2014-01-01T00:00:00Z' })),
      later,
    )
    second = await judge(await train(await seriesOf({ ...before, stations: null })), later)
  }, 180_000)
  afterAll(() => airports.remove())

  test('the first beats persistence in New York and loses in the west', () => {
    for (const site of NEW_YORK) expect(first[site]).toBeLessThan(0.9 * persistence[site]!)
    for (const site of ['pdx', 'sea']) expect(first[site]).toBeGreaterThan(persistence[site]!)
  })
  test('the second beats persistence everywhere', () => {
    for (const { id } of AIRPORTS) expect(second[id]).toBeLessThan(0.93 * persistence[id]!)
  })
  test('the second gives next to nothing away in New York', () => {
    for (const site of NEW_YORK) expect(second[site]).toBeLessThan(1.03 * first[site]!)
  })
})
