import { readFile } from 'node:fs/promises'
import { Enrolment } from '@fleetcast/shared/protocol/enrolment.ts'
import { writeDurably } from '@fleetcast/shared/durable/durable-file.ts'
import type { EnrolmentFile } from '../ports/hub-http.ts'

const OWNER_ONLY = 0o600

/** The station's credentials as JSON, readable by its owner alone. */
export const enrolmentFile = (path: string): EnrolmentFile => ({
  read: async () => {
    try {
      return Enrolment.parse(JSON.parse(await readFile(path, 'utf8')))
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null
      throw new Error(`${path} is damaged; remove it and enrol again with a new join string`, { cause })
    }
  },
  write: async (enrolment) => await writeDurably(path, JSON.stringify(enrolment), OWNER_ONLY),
})
