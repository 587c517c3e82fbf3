import { ms } from '@fleetcast/shared/units.ts'
import type { AgentPorts } from '../ports/agent-ports.ts'
import type { TelemetryLoop } from './telemetry-loop.ts'

/** Wall time that a stop waits for telemetry to leave. */
const FAREWELL_MS = 1_000
const STEP_MS = 20

/** What waits becomes messages; while there is a connection they get a moment to leave. */
export async function sayFarewell(
  { clock }: Pick<AgentPorts, 'clock'>,
  {
    telemetry,
    isConnected,
    receiveAck,
  }: { telemetry: TelemetryLoop; isConnected: () => boolean; receiveAck: () => void },
): Promise<void> {
  telemetry.cut(true)
  for (let waited = 0; waited < FAREWELL_MS && isConnected(); waited += STEP_MS) {
    telemetry.flush()
    if (telemetry.spooled() === 0) return
    await clock.sleep(ms(STEP_MS))
    receiveAck()
  }
}
