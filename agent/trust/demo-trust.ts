/** Keys made for a demonstration lie on the hub, all of them; the root says so and the station passes it on. */
import * as z from 'zod'
import { REPOSITORIES } from '@fleetcast/shared/protocol/metadata.ts'
import type { Enrolment } from '@fleetcast/shared/protocol/enrolment.ts'
import type { AgentPorts } from '../ports/agent-ports.ts'
import { parseJson } from '../update/read-bundle.ts'

const DemoRoot = z.looseObject({ signed: z.looseObject({ 'x-demo': z.literal(true) }) })

/** Whether one of the roots that are trusted now is a demonstration's. */
export async function isDemoTrust(
  { metadata }: Pick<AgentPorts, 'metadata'>,
  { directorRoot, imageRoot }: Pick<Enrolment, 'directorRoot' | 'imageRoot'>,
): Promise<boolean> {
  const enrolled = { director: directorRoot, image: imageRoot }
  for (const repository of REPOSITORIES) {
    const root = (await metadata[repository].read('root')) ?? Buffer.from(enrolled[repository])
    if (parseJson(root, DemoRoot).ok) return true
  }
  return false
}
