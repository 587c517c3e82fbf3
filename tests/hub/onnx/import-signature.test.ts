import { createRandom } from '@fleetcast/shared/random.ts'
import { describe, expect, test } from 'vitest'
import { readImportSignature } from '../../../hub/onnx/import-signature.ts'

const SIGNATURE = {
  schema: 'fleetcast/import-signature/1',
  recipe: 'temperature-24h',
  input: {
    kind: 'columns',
    columns: [
      { name: 'now', feature: { lag: 'temperature', steps: [0] } },
      { name: 'sine', feature: { calendar: ['day'], harmonics: 1 }, take: 0 },
    ],
  },
  output: { name: 'variable', kind: 'value' },
  trainedUntil: '2024-01-01T00:00:00Z',
  trainedOn: { sites: ['ewr'] },
  author: 'somebody',
  description: 'boosted trees',
}
const text = JSON.stringify(SIGNATURE)

const refusalOf = (json: string) => {
  const signature = readImportSignature(json)
  return signature.ok ? null : signature.error
}

describe('a signature', () => {
  test('of columns and one of a window are read', () => {
    expect(readImportSignature(text)).toEqual({ ok: true, value: SIGNATURE })
    const window = { ...SIGNATURE, input: { kind: 'window' } }
    expect(readImportSignature(JSON.stringify(window))).toMatchObject({
      ok: true,
      value: { input: { kind: 'window', inputName: 'window' } },
    })
  })
  test.each([
    ['no JSON', '{', 'import/signatureInvalid', /no JSON/, undefined],
    ['too much', ' '.repeat(300_000), 'import/signatureTooLarge', /at most/, undefined],
    [
      'an unknown kind',
      text.replace('"value"', '"class"'),
      'import/signatureInvalid',
      /output\.kind/,
      'output.kind',
    ],
    ['an unknown key', text.replace('"author"', '"maker"'), 'import/signatureInvalid', /maker/, undefined],
    ['a date', text.replace('T00:00:00Z', ''), 'import/signatureInvalid', /trainedUntil/, 'trainedUntil'],
    [
      'bounds of a probability',
      text.replace(
        '"kind":"value"}',
        '"kind":"probability"},"interval":{"coverage":0.8,"lower":{"name":"p10"},"upper":{"name":"p90"}}',
      ),
      'import/signatureInvalid',
      /interval: a probability has no interval/,
      'interval',
    ],
    [
      'bounds of the probabilities of classes',
      text.replace(
        '"kind":"value"}',
        '"kind":"probabilities"},"interval":{"coverage":0.8,"lower":{"name":"p10"},"upper":{"name":"p90"}}',
      ),
      'import/signatureInvalid',
      /interval: probabilities have no interval; leave it out/,
      'interval',
    ],
    [
      'one column of the probabilities of classes',
      text.replace('"kind":"value"', '"kind":"probabilities","column":1'),
      'import/signatureInvalid',
      /output\.column: every column .*; leave it out/,
      'output.column',
    ],
    [
      'an end before its beginning',
      text.replace('"trainedUntil"', '"trainedFrom":"2024-01-02T00:00:00Z","trainedUntil"'),
      'import/signatureInvalid',
      /trainedFrom: is later than trainedUntil/,
      'trainedFrom',
    ],
    [
      'a feature of no kind',
      text.replace('"lag"', '"log"'),
      'import/signatureInvalid',
      /columns\.0\.feature/,
      'input.columns.0.feature',
    ],
  ] as const)('with %s is refused by its key', (_what, json, code, says, at) => {
    const refusal = refusalOf(json)
    expect(refusal?.code).toBe(code)
    expect(refusal?.message).toMatch(says)
    if (at !== undefined) expect(refusal?.at).toBe(at)
  })
  test('of any text is a signature or a refusal', () => {
    const pieces = [
      '[',
      '{',
      '}',
      '"',
      ',',
      ':',
      'null',
      '1e999',
      '\\u0000',
      '\\ud800',
      '{"__proto__":1}',
      '[[[[[[[[',
    ]
    for (let seed = 0; seed < 400; seed++) {
      const random = createRandom(seed)
      const at = random.integer(text.length)
      const piece = pieces[random.integer(pieces.length)]!.repeat(random.next() < 0.1 ? 5_000 : 1)
      const refusal = refusalOf(text.slice(0, at) + piece + text.slice(at + random.integer(30)))
      if (refusal !== null) expect(refusal.message.length).toBeLessThan(2_000)
    }
  })
})
