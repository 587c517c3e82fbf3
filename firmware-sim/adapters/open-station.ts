/** The real agent of one station, in this process: own state folder, own MQTT connection, own ONNX Runtime sessions. */
import { createAgent } from '@fleetcast/agent/agent.ts'
import { createJoinPorts, createNodePorts } from '@fleetcast/agent/adapters/node-ports.ts'
import type { AgentSettings } from '@fleetcast/agent/config/agent-settings.ts'
import { joinHub, type JoinCode } from '@fleetcast/agent/enrolment/join-hub.ts'
import type { Log } from '@fleetcast/agent/ports/log.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { OpenedStation } from '../fleet/fleet-ports.ts'
import { createNetworkSwitch } from '../fleet/network-switch.ts'

export type StationSpec = {
  readonly device: string
  /** Null when the state folder holds an enrolment already. */
  readonly joinString: string | null
  readonly stateDir: string
}

export type StationContext = {
  readonly settings: AgentSettings
  readonly log: Log
  /** Where the broker is now, when it is not where enrolment said. */
  readonly mqttUrl: string | null
}

export type EnrolledStation = OpenedStation & { readonly recipe: Recipe }

/** Enrols when needed and opens the station's state; nothing runs before `agent.start`. */
export async function openStation(
  spec: StationSpec,
  { settings, log, mqttUrl }: StationContext,
): Promise<Result<EnrolledStation, Refusal<JoinCode>>> {
  const joined = await joinHub(createJoinPorts(spec.stateDir), spec.joinString)
  if (!joined.ok) return joined
  const enrolment = { ...joined.value, mqttUrl: mqttUrl ?? joined.value.mqttUrl }
  const ports = await createNodePorts({ stateDir: spec.stateDir, enrolment, log })
  const { transport, setCut } = createNetworkSwitch(ports.transport)
  const agent = createAgent({ ...ports, transport }, { enrolment, settings })
  return ok({ device: enrolment.device, recipe: enrolment.recipe, agent, network: { setCut } })
}
