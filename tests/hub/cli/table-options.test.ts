import { expect, test } from 'vitest'
import { mappingOf } from '../../../hub/cli/table-options.ts'
import { PLAIN_MAPPING } from '../../../hub/datasets/table-mapping.ts'

test('no option is the plain mapping', () => {
  expect(mappingOf({})).toEqual({ ok: true, value: PLAIN_MAPPING })
})
test('options become a mapping', () => {
  const mapping = mappingOf({
    map: ['temperature=temp_f', 'pressure=a=b'],
    unit: ['temperature=F'],
    station: 'EWR',
    missing: ['-9999', '999.9'],
    delimiter: '\\t',
  })
  expect(mapping).toMatchObject({
    ok: true,
    value: {
      columns: { temperature: 'temp_f', pressure: 'a=b' },
      units: { temperature: 'F' },
      ...{ station: 'ewr', missing: [-9999, 999.9], delimiter: '\t' },
    },
  })
})
test.each([
  [{ map: ['temperature'] }, /--map channel=column/],
  [{ unit: ['=F'] }, /--unit channel=unit/],
  [{ missing: ['nothing'] }, /missing/],
  [{ utcOffset: 'Berlin' }, /\+01:00/],
  [{ station: 'a b' }, /station/],
])('%j is refused with what to write', (options, says) => {
  const refused = mappingOf(options)
  expect(refused).toMatchObject({ ok: false, error: { code: 'cli/badOption' } })
  expect(!refused.ok && refused.error.message).toMatch(says)
})
