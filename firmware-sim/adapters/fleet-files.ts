/** The files that describe a fleet, each read through one schema. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { DeviceId } from '@fleetcast/shared/ids.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { Fault } from '../sensors/fault.ts'
import type { StationSpec } from './open-station.ts'

export const STATIONS_MAX = 500

const StationsFile = z
  .array(
    z.strictObject({
      device: DeviceId,
      joinString: z.string().max(8_192).nullable().default(null),
      stateDir: z.string().min(1).optional(),
    }),
  )
  .min(1)
  .max(STATIONS_MAX)

const FaultsFile = z.record(DeviceId, z.array(Fault).max(100))

type FileResult<T> = Result<T, Refusal<'sim/badFile'>>

/** `[{"device": "harbor", "joinString": "fleetcast-join:...", "stateDir": "..."}]`; the folder defaults to one below `stateDir`. */
export async function readStations(
  file: string,
  stateDir: string,
): Promise<FileResult<readonly StationSpec[]>> {
  const stations = await readJson(file, StationsFile)
  if (!stations.ok) return stations
  const twice = stations.value.find(
    ({ device }, i) => stations.value.findIndex((other) => other.device === device) !== i,
  )
  if (twice !== undefined) return refuse('sim/badFile', `${file} names ${twice.device} twice`)
  return ok(
    stations.value.map(({ device, joinString, stateDir: own }) => ({
      device,
      joinString,
      stateDir: own ?? join(stateDir, device),
    })),
  )
}

/** `{"harbor": [{"kind": "dead", "channel": "humidity", "from": "2022-03-01T00:00:00Z"}]}`; no file, no faults. */
export async function readFaults(
  file: string | undefined,
): Promise<FileResult<ReadonlyMap<string, readonly Fault[]>>> {
  if (file === undefined) return ok(new Map())
  const faults = await readJson(file, FaultsFile)
  return faults.ok ? ok(new Map(Object.entries(faults.value))) : faults
}

async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<FileResult<T>> {
  try {
    const parsed = schema.safeParse(JSON.parse(await readFile(file, 'utf8')))
    if (parsed.success) return ok(parsed.data)
    return refuse(
      'sim/badFile',
      `${file}: ${z.prettifyError(parsed.error).replaceAll('\n', ' ').slice(0, 400)}`,
    )
  } catch (cause) {
    return refuse(
      'sim/badFile',
      `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    )
  }
}
