/** `id,site` a line, and what comes back: `id,site,joinString` a line. Empty lines and lines that begin with # say nothing. */
import { DeviceId, SiteId } from '@fleetcast/shared/ids.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'

export type ListedDevice = { readonly id: DeviceId; readonly site: SiteId; readonly line: number }

const HEADER = 'id,site'

/** The refusal names the line (from 1). */
export function parseDeviceList(
  text: string,
): Result<readonly ListedDevice[], Refusal<'devices/badLine' | 'devices/empty'>> {
  const devices: ListedDevice[] = []
  const lineById = new Map<string, number>()
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const [line, words] = [index + 1, raw.trim()]
    if (words === '' || words.startsWith('#') || (line === 1 && words === HEADER)) continue
    const parsed = parseLine(words)
    if (typeof parsed === 'string') return bad(line, parsed)
    const before = lineById.get(parsed.id)
    if (before !== undefined) return bad(line, `${parsed.id} stands in line ${before} already`)
    lineById.set(parsed.id, line)
    devices.push({ ...parsed, line })
  }
  if (devices.length === 0) return refuse('devices/empty', 'the file names no device; write "id,site" a line')
  return ok(devices)
}

const bad = (line: number, why: string): Result<never, Refusal<'devices/badLine'>> =>
  refuse('devices/badLine', `line ${line}: ${why}; nothing was added`, `line ${line}`)

function parseLine(words: string): { id: DeviceId; site: SiteId } | string {
  const [id, site, ...more] = words.split(',').map((word) => word.trim())
  if (site === undefined || more.length > 0) return 'write "id,site"'
  const [device, place] = [DeviceId.safeParse(id), SiteId.safeParse(site)]
  if (!device.success) return device.error.issues[0]?.message ?? 'not a device id'
  if (!place.success) return place.error.issues[0]?.message ?? 'not a site id'
  return { id: device.data, site: place.data }
}

export type JoinLine = { readonly device: string; readonly site: string; readonly joinString: string }

export const joinLines = (joins: readonly JoinLine[]): string =>
  [`${HEADER},joinString`, ...joins.map(({ device, site, joinString }) => `${device},${site},${joinString}`)]
    .join('\n')
    .concat('\n')
