/**
 * A file of ids in, a file of join strings out. Everything is checked before anything is added, and the file is written
 * last, so either all of them have a join string or nobody has seen one.
 */
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { Api } from '../ports/api.ts'
import type { ProgressDisplay } from '../ports/progress-display.ts'
import type { TextFiles } from '../ports/text-files.ts'
import { joinLines, parseDeviceList, type JoinLine, type ListedDevice } from './device-list.ts'

const CHUNK = 1_000

export type AddManyPorts = {
  readonly api: Api
  readonly files: TextFiles
  readonly display: ProgressDisplay
}

export type AddMany = {
  readonly file: string
  readonly out: string
  /** Of all of them; the hub's usual one when absent. */
  readonly recipe: string | undefined
  readonly joinHours: number
}

export async function addManyDevices(
  ports: AddManyPorts,
  { file, out, recipe, joinHours }: AddMany,
): Promise<Result<{ devices: number; file: string }, Refusal>> {
  const { files } = ports
  if (await files.exists(out)) return refuse('file/exists', `${out} is there already; name another file`)
  const text = await files.read(file)
  if (!text.ok) return text
  const devices = parseDeviceList(text.value)
  if (!devices.ok) return devices
  const checked = await inChunks(ports, devices.value, { recipe, joinHours, isCheck: true })
  if (!checked.ok) return checked
  const added = await inChunks(ports, devices.value, { recipe, joinHours, isCheck: false })
  if (!added.ok) return added
  const written = await files.writePrivate(out, joinLines(added.value))
  return written.ok ? ok({ devices: added.value.length, file: out }) : written
}

type Options = Pick<AddMany, 'recipe' | 'joinHours'> & { readonly isCheck: boolean }

async function inChunks(
  { api, display }: AddManyPorts,
  devices: readonly ListedDevice[],
  { recipe, ...options }: Options,
): Promise<Result<readonly JoinLine[], Refusal>> {
  const title = options.isCheck ? 'checking' : 'adding'
  const joins: JoinLine[] = []
  for (let at = 0; at < devices.length; at += CHUNK) {
    const chunk = devices.slice(at, at + CHUNK)
    const body = { devices: chunk.map(({ id, site }) => ({ id, site, recipe })), ...options }
    const answer = await api.post<{ devices: JoinLine[] }>('/api/v1/devices/bulk', body)
    if (!answer.ok) return { ok: false, error: withLine(answer.error, chunk) }
    joins.push(...answer.value.devices)
    const done = at + chunk.length
    if (devices.length > CHUNK) display.bar(title, done / devices.length, `${done} of ${devices.length}`)
  }
  display.finish(title)
  return ok(joins)
}

/** The API names a place in its list; the operator knows lines. */
function withLine(refusal: Refusal, chunk: readonly ListedDevice[]): Refusal {
  const device = chunk[Number(/\d+/.exec(refusal.at ?? '')?.[0] ?? Number.NaN)]
  if (device === undefined) return refusal
  return { ...refusal, message: `line ${device.line}: ${refusal.message}`, at: `line ${device.line}` }
}
