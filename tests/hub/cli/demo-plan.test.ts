import { describe, expect, test } from 'vitest'
import { planDemo } from '../../../hub/cli/demo/demo-plan.ts'

const years = (...list: number[]): Map<number, number> => new Map(list.map((year) => [year, 8_760]))

describe('what a table holds decides the story', () => {
  test('the airports: version 1 from the first year of New York, the last year replayed by all five', () => {
    const rowsByStation = new Map([
      ['ewr', years(2013, 2022)],
      ['jfk', years(2013, 2022)],
      ['lga', years(2013, 2022)],
      ['pdx', years(2014, 2022)],
      ['sea', years(2014, 2015, 2022)],
    ])
    expect(planDemo({ rowsByStation })).toEqual({
      ok: true,
      value: {
        fleet: ['ewr', 'jfk', 'lga', 'pdx', 'sea'],
        replayFrom: '2022-01-01T00:00:00.000Z',
        replayUntil: '2023-01-01T00:00:00.000Z',
        first: { stations: ['ewr', 'jfk', 'lga'], until: '2014-01-01T00:00:00.000Z' },
      },
    })
  })
  test('a few hours that spill into the next year are no year of their own', () => {
    const rowsByStation = new Map([
      [
        'ewr',
        new Map([
          [2013, 8_700],
          [2014, 5],
          [2022, 8_700],
          [2023, 5],
        ]),
      ],
    ])
    expect(planDemo({ rowsByStation })).toMatchObject({
      ok: true,
      value: { replayFrom: '2022-01-01T00:00:00.000Z' },
    })
  })
  test('one year alone is refused with what is needed', () => {
    expect(planDemo({ rowsByStation: new Map([['ewr', years(2013)]]) })).toMatchObject({
      ok: false,
      error: { code: 'demo/tooLittleHistory' },
    })
  })
})
