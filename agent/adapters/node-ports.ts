/** Everything a station needs from the machine it runs on. Many stations of one process each make their own set. */
import { randomInt } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openMetadataFolder } from '@fleetcast/shared/durable/metadata-folder.ts'
import type { Enrolment } from '@fleetcast/shared/protocol/enrolment.ts'
import { createRandom } from '@fleetcast/shared/random.ts'
import type { AgentPorts } from '../ports/agent-ports.ts'
import type { Log } from '../ports/log.ts'
import type { JoinPorts } from '../enrolment/join-hub.ts'
import { openBundleFolder } from './bundle-folder.ts'
import { enrolmentFile } from './enrolment-file.ts'
import { fetchHub } from './fetch-hub.ts'
import { mqttTransport } from './mqtt-transport.ts'
import { onnxEngine } from './onnx-engine.ts'
import { openStore } from './sqlite-store.ts'
import { systemClock } from './system-clock.ts'

export type NodePortsOptions = { readonly stateDir: string; readonly enrolment: Enrolment; readonly log: Log }

/** Opens the state folder of one station; `Agent.stop` closes what this opens. */
export async function createNodePorts({ stateDir, enrolment, log }: NodePortsOptions): Promise<AgentPorts> {
  await mkdir(stateDir, { recursive: true })
  return {
    clock: systemClock,
    store: openStore(join(stateDir, 'agent.sqlite')),
    transport: mqttTransport(enrolment),
    inference: onnxEngine,
    files: await openBundleFolder(join(stateDir, 'models')),
    metadata: {
      director: await openMetadataFolder(join(stateDir, 'trust', 'director')),
      image: await openMetadataFolder(join(stateDir, 'trust', 'image')),
    },
    log,
    random: createRandom(randomInt(2 ** 32)),
    host: { rssMb: () => Math.round(process.memoryUsage.rss() / 1_048_576) },
  }
}

/** What enrolment needs; the credentials lie in the state folder. */
export const createJoinPorts = (stateDir: string): JoinPorts => ({
  http: fetchHub,
  enrolmentFile: enrolmentFile(join(stateDir, 'enrolment.json')),
})
