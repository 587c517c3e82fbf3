import { readFile, rm } from 'node:fs/promises'
import * as z from 'zod'
import { DeviceId } from '@fleetcast/shared/ids.ts'
import { Enrolment } from '@fleetcast/shared/protocol/enrolment.ts'
import { writeDurably } from '@fleetcast/shared/durable/durable-file.ts'
import type { EnrolmentFile } from '../ports/hub-http.ts'

const OWNER_ONLY = 0o600

const PendingKey = z.strictObject({ device: DeviceId, privateKey: z.string().max(4_096) })

/** The station's credentials as JSON, readable by its owner alone; the key of an unanswered request lies beside it. */
export const enrolmentFile = (path: string): EnrolmentFile => {
  const pendingPath = `${path}.pending-key`
  return {
    read: async () => await readAs(path, Enrolment),
    write: async (enrolment) => {
      await writeDurably(path, JSON.stringify(enrolment), OWNER_ONLY)
      await rm(pendingPath, { force: true })
    },
    readPendingKey: async (device) => {
      const pending = await readAs(pendingPath, PendingKey)
      return pending?.device === device ? pending.privateKey : null
    },
    writePendingKey: async (device, privateKey) =>
      await writeDurably(pendingPath, JSON.stringify({ device, privateKey }), OWNER_ONLY),
  }
}

async function readAs<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null
    throw new Error(`${path} is damaged; remove it and enrol again with a new join string`, { cause })
  }
}
