/** Where the demo's readings come from: a table of the user's, or generated weather that says so. */
import * as z from 'zod'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { DemoPorts } from './run-demo.ts'
import type { DemoOptions } from './demo-options.ts'
import { KNOWN_SITES, type SitePosition } from './known-sites.ts'

export type DemoHistory = {
  readonly file: string
  readonly label: string
  readonly sites: readonly SitePosition[]
}

const SitesFile = z
  .array(z.strictObject({ id: z.string(), latitude: z.number(), longitude: z.number() }))
  .min(1)

export async function prepareHistory(
  ports: Pick<DemoPorts, 'files' | 'programs' | 'display'>,
  options: DemoOptions,
): Promise<Result<DemoHistory, Refusal>> {
  if (options.data === undefined) return generateHistory(ports, options)
  if (!(await ports.files.exists(options.data)))
    return refuse('demo/noData', `there is no file ${options.data}`)
  const sites = options.sites === undefined ? ok(KNOWN_SITES) : await readSites(ports, options.sites)
  const name = options.data.split('/').at(-1) ?? options.data
  return sites.ok ? ok({ file: options.data, label: `observations of ${name}`, sites: sites.value }) : sites
}

async function readSites(
  { files }: Pick<DemoPorts, 'files'>,
  file: string,
): Promise<Result<readonly SitePosition[], Refusal>> {
  try {
    const parsed = SitesFile.safeParse(await files.readJson(file))
    if (parsed.success) return ok(parsed.data)
  } catch (cause) {
    return refuse(
      'demo/badSites',
      `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    )
  }
  return refuse(
    'demo/badSites',
    `${file} must hold [{"id": "sea", "latitude": 47.45, "longitude": -122.31}, ...]`,
  )
}

/**
 * The first year trains version 1, the last is replayed, and those between are added for version 2. Two of them: one alone has 96 test
 * days, too few to show beyond doubt that a version 12 % better than climatology is better at all (decision 17).
 */
const YEARS = 4

/** Made once per seed and kept in the state folder. */
async function generateHistory(
  { files, programs, display }: Pick<DemoPorts, 'files' | 'programs' | 'display'>,
  options: DemoOptions,
): Promise<Result<DemoHistory, Refusal>> {
  const file = `${options.state}/generated-weather-${options.seed}.csv.gz`
  const sitesFile = `${options.state}/generated-sites.json`
  if (!(await files.exists(file)) || !(await files.exists(sitesFile))) {
    display.line('generating weather for five stations (no --data was given)')
    const made = ['--seed', String(options.seed), '--years', String(YEARS)]
    const args = ['generate', '--out', file, '--sites-out', sitesFile, ...made]
    const code = await programs.start('sim', args, (line) => line.startsWith('{') || display.line(line))
      .exited
    if (code !== 0) return refuse('demo/generatorFailed', `the weather generator ended with code ${code}`)
  }
  const sites = await readSites({ files }, sitesFile)
  return sites.ok ? ok({ file, label: 'generated weather, not real', sites: sites.value }) : sites
}
