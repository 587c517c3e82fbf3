import type { Random } from '@fleetcast/shared/random.ts'
import type { BundleFiles } from './bundle-files.ts'
import type { Clock } from './clock.ts'
import type { InferenceEngine } from './inference-engine.ts'
import type { Log } from './log.ts'
import type { Store } from './store.ts'
import type { Transport } from './transport.ts'

/** Everything outside that an agent reaches; one set an agent, nothing shared but what the caller chooses to share. */
export type AgentPorts = {
  readonly clock: Clock
  readonly store: Store
  readonly transport: Transport
  /** Keeps the device's certificate fresh while the agent runs. */
  readonly renewal: { readonly run: (signal: AbortSignal) => Promise<void> }
  readonly inference: InferenceEngine
  readonly files: BundleFiles
  readonly log: Log
  readonly random: Random
  readonly host: { readonly rssMb: () => number }
}
