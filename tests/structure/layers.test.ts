import { describe, expect, test } from 'vitest'
import { hiddenInputs, ORDER, placeOf, wrongImports, wrongPackages } from './layers.ts'
import { parseSource, readSources } from './source-files.ts'

const sources = readSources()

describe('the layout', () => {
  test('every file stands in a folder of the data path', () => {
    expect(sources.filter((file) => placeOf(file.path).at < 0).map((file) => file.path)).toEqual([])
  })
  test('files import only from their own folder and from folders to its left', () => {
    expect(
      Object.fromEntries(
        sources.map((file) => [file.path, wrongImports(file)]).filter(([, wrong]) => wrong!.length > 0),
      ),
    ).toEqual({})
  })
  test('only borders know the packages that reach outside', () => {
    expect(
      Object.fromEntries(
        sources.map((file) => [file.path, wrongPackages(file)]).filter(([, wrong]) => wrong!.length > 0),
      ),
    ).toEqual({})
  })
  test('time, chance and settings are arguments', () => {
    expect(
      Object.fromEntries(
        sources.map((file) => [file.path, hiddenInputs(file)]).filter(([, wrong]) => wrong!.length > 0),
      ),
    ).toEqual({})
  })
  test('no file is longer than 300 lines', () => {
    const long = sources.filter((file) => file.text.split('\n').length > 301)
    expect(long.map((file) => file.path)).toEqual([])
  })
  test('nothing is a default export, an enum or typed any', () => {
    const wrong = sources.filter((file) =>
      /^export default|^(export )?(const )?enum |: any\b|\bas any\b/m.test(file.text),
    )
    expect(wrong.map((file) => file.path)).toEqual([])
  })
})

describe('the rules themselves can fail', () => {
  test('an import to the right is refused', () => {
    const file = parseSource('agent/update/x.ts', "import { y } from '../desired/y.ts'\n")
    expect(wrongImports(file)).toEqual(['agent/desired/y.ts'])
  })
  test('the agent may not know the hub', () => {
    const file = parseSource('agent/update/x.ts', "import { y } from '@fleetcast/hub/onnx/y.ts'\n")
    expect(wrongImports(file)).toEqual(['hub/onnx/y.ts'])
  })
  test('a rule may not open files or read the clock', () => {
    const file = parseSource(
      'hub/rollouts/x.ts',
      "import { readFileSync } from 'node:fs'\nconst now = Date.now()\n",
    )
    expect(wrongPackages(file)).toEqual(['node:fs'])
    expect(hiddenInputs(file)).toEqual(['Date.now('])
  })
  test('not even the API may know the engine of datasets', () => {
    const source = "import { DuckDBInstance } from '@duckdb/node-api'\n"
    expect(wrongPackages(parseSource('hub/api/x.ts', source))).toEqual(['@duckdb/node-api'])
    expect(wrongPackages(parseSource('hub/adapters/x.ts', source))).toEqual([])
  })
  test('every package has an order', () => {
    expect(Object.keys(ORDER)).toEqual(['shared', 'agent', 'hub', 'firmware-sim'])
  })
})
