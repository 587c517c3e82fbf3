/** Everything outside that the hub reaches, built once by its main. */
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { BrokerLink } from '../broker/broker-link.ts'
import type { HubConfig } from '../config/config.ts'
import type { SnapshotFiles } from '../datasets/snapshot-files.ts'
import type { Authority } from '../devices/authority.ts'
import type { TableImporter } from '../datasets/table-importer.ts'
import type { BlobFiles } from '../ports/blob-files.ts'
import type { Changes } from '../ports/changes.ts'
import type { Clock } from '../ports/clock.ts'
import type { CodeIdentitySource } from '../ports/code-identity.ts'
import type { Log } from '../ports/log.ts'
import type { TrustFiles } from '../ports/trust-files.ts'
import type { Trainer } from '../runs/trainer.ts'
import type { Store } from '../store/store.ts'

export type HubPorts = {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly changes: Changes
  readonly authority: Authority
  readonly trustFiles: TrustFiles
  readonly blobs: BlobFiles
  readonly snapshots: SnapshotFiles
  readonly importer: TableImporter
  readonly trainer: Trainer
  readonly recipes: readonly Recipe[]
  readonly codeIdentity: CodeIdentitySource
  readonly eventLoopP99Ms: () => number
  readonly rssMb: () => number
  /** Null: the hub runs its own broker. */
  readonly externalBroker: BrokerLink | null
  readonly config: HubConfig
}
