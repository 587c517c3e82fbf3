import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createSnapshotFiles } from '../../../hub/adapters/snapshot-files.ts'
import { loadSeries } from '../../../hub/datasets/load-series.ts'
import { accepted, recipe, row, sites, table } from './tables.ts'

const all = { stations: null, from: null, until: null }
const content = table(
  row('EWR', 0, 1),
  row('EWR', 1, 2),
  row('EWR', 4, 3),
  row('SEA', 2, 4),
  row('SEA', 3, ''),
)

describe('a snapshot becomes series', () => {
  test('on the regular axis, with gaps and missing values as NaN', async () => {
    const loaded = await loadSeries((await accepted(content)).bytes, { recipe, sites, selection: all })
    expect(loaded).toMatchObject({
      ok: true,
      value: [
        { site: 'ewr', steps: 5, startAt: Date.UTC(2022, 0, 1) },
        { site: 'sea', steps: 2, latitude: 40 },
      ],
    })
    if (!loaded.ok) return
    const temperatures = (index: number): number[] =>
      [...loaded.value[index]!.values].filter((_, i) => i % 5 === 0)
    expect(temperatures(0)).toEqual([1, 2, Number.NaN, Number.NaN, 3])
    expect(temperatures(1)).toEqual([4, Number.NaN])
  })
  test('of the chosen stations and times alone: from is inside, until is not', async () => {
    const selection = {
      stations: ['ewr'],
      from: '2022-01-01T01:00:00.000Z',
      until: '2022-01-01T04:00:00.000Z',
    }
    const loaded = await loadSeries((await accepted(content)).bytes, { recipe, sites, selection })
    expect(loaded).toMatchObject({
      ok: true,
      value: [{ site: 'ewr', steps: 1, startAt: Date.UTC(2022, 0, 1, 1) }],
    })
  })
  test('a selection without rows is refused', async () => {
    const { bytes } = await accepted(content)
    const select = (selection: Parameters<typeof loadSeries>[1]['selection']) =>
      loadSeries(bytes, { recipe, sites, selection })
    expect(await select({ ...all, from: '2023-01-01T00:00:00.000Z' })).toMatchObject({
      ok: false,
      error: { code: 'dataset/nothingSelected' },
    })
    expect(await select({ ...all, stations: ['ewr', 'jfk'] })).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('jfk') as string },
    })
  })
  test('a recipe with other channels is refused', async () => {
    const other = { ...recipe, channels: [{ ...recipe.channels[0]!, name: 'soilMoisture' }] }
    const loaded = await loadSeries((await accepted(content)).bytes, { recipe: other, sites, selection: all })
    expect(loaded).toMatchObject({ ok: false, error: { code: 'dataset/wrongRecipe' } })
  })
})

describe('snapshot files', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fleetcast-snapshots-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  test('give back the bytes, packed on disk, with nothing temporary left', async () => {
    const files = createSnapshotFiles(join(folder, 'datasets'))
    const { digest, bytes } = await accepted(content)
    await files.write(digest, bytes)
    await files.write(digest, bytes)
    expect(Buffer.from(await files.read(digest)).equals(Buffer.from(bytes))).toBe(true)
    expect(await readdir(join(folder, 'datasets'))).toEqual([`${digest}.csv.gz`])
  })
  test('refuse to read bytes that are not what the name says', async () => {
    const files = createSnapshotFiles(folder)
    const first = await accepted(content)
    const second = await accepted(table(row('EWR', 0, 9)))
    await files.write(first.digest, first.bytes)
    await files.write(second.digest, second.bytes)
    await writeFile(
      join(folder, `${first.digest}.csv.gz`),
      await readFile(join(folder, `${second.digest}.csv.gz`)),
    )
    await expect(files.read(first.digest)).rejects.toThrow(/import the table again/)
  })
})
