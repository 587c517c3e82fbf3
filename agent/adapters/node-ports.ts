/** Everything a station needs from the machine it runs on. Many stations of one process each make their own set. */
import { randomInt } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Enrolment } from '@fleetcast/shared/protocol/enrolment.ts'
import { createRandom } from '@fleetcast/shared/random.ts'
import { hours, seconds } from '@fleetcast/shared/units.ts'
import type { AgentPorts } from '../ports/agent-ports.ts'
import type { Log } from '../ports/log.ts'
import type { JoinPorts } from '../enrolment/join-hub.ts'
import { RenewalLoop } from '../enrolment/renewal-loop.ts'
import { tellRefusals } from '../enrolment/tell-refusals.ts'
import { nextDelay } from '../update/retry-delay.ts'
import { openBundleFolder } from './bundle-folder.ts'
import { deviceKeys } from './device-keys.ts'
import { enrolmentFile } from './enrolment-file.ts'
import { httpsHub } from './https-hub.ts'
import { mqttTransport, type Credentials } from './mqtt-transport.ts'
import { onnxEngine } from './onnx-engine.ts'
import { openStore } from './sqlite-store.ts'
import { systemClock } from './system-clock.ts'

const RENEWAL_PAUSE = { least: seconds(1), most: hours(1) }

export type NodePortsOptions = { readonly stateDir: string; readonly enrolment: Enrolment; readonly log: Log }

/** Opens the state folder of one station; `Agent.stop` closes what this opens. */
export async function createNodePorts({ stateDir, enrolment, log }: NodePortsOptions): Promise<AgentPorts> {
  await mkdir(stateDir, { recursive: true })
  const random = createRandom(randomInt(2 ** 32))
  const jitter = random.fork('renewal')
  const renewal = new RenewalLoop(
    {
      ...createJoinPorts(stateDir),
      clock: systemClock,
      random: jitter,
      log,
      pauseAfter: (last) => nextDelay(jitter, last, RENEWAL_PAUSE),
    },
    enrolment,
  )
  const credentials = (): Credentials => ({ ...enrolment, certificate: renewal.certificate })
  return {
    clock: systemClock,
    store: openStore(join(stateDir, 'agent.sqlite')),
    transport: tellRefusals(mqttTransport(credentials), renewal.onRefused),
    renewal,
    inference: onnxEngine,
    files: await openBundleFolder(join(stateDir, 'models')),
    log,
    random,
    host: { rssMb: () => Math.round(process.memoryUsage.rss() / 1_048_576) },
  }
}

/** What enrolment needs; the credentials lie in the state folder. */
export const createJoinPorts = (stateDir: string): JoinPorts => ({
  http: httpsHub,
  keys: deviceKeys,
  enrolmentFile: enrolmentFile(join(stateDir, 'enrolment.json')),
})
