/** What the API needs from the rest of the hub; it holds no state of its own. */
import type { BundleDigest, DeviceId } from '@fleetcast/shared/ids.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { Refusal, Result } from '@fleetcast/shared/result.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import type { AccessPorts } from '../access/access-ports.ts'
import type { HubConfig } from '../config/config.ts'
import type { DatasetReport } from '../datasets/dataset-report.ts'
import type { ImportedDataset, ImportProgress } from '../datasets/import-table.ts'
import type { TableUpload } from '../datasets/table-importer.ts'
import type { EnrolPorts } from '../devices/enrol-device.ts'
import type { OverrideDecided, OverrideRequest } from '../gates/override-gate.ts'
import type { ImportSignature } from '../onnx/import-signature.ts'
import type { Changes } from '../ports/changes.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { DeletedVersion, Deletion } from '../registry/delete-version.ts'
import type { RemovedOrphans } from '../registry/remove-blobs.ts'
import type { StoredLock } from '../registry/train-lock.ts'
import type { CancelRequest } from '../runs/cancel-run.ts'
import type { RunSelection } from '../runs/run-selection.ts'
import type { OverrideRow } from '../store/queries/gate-overrides.ts'
import type { VersionRow } from '../store/queries/runs-and-versions.ts'
import type { Store } from '../store/store.ts'
import type { TrustOperations } from './trust-operations.ts'
import type { ReferenceProfile } from '@fleetcast/shared/sketches/reference-profile.ts'

export type RolloutOperation = 'pause' | 'resume' | 'abort' | 'rollback'

export type ApiPorts = {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly changes: Changes
  readonly config: HubConfig
  readonly enrolment: EnrolPorts
  readonly access: AccessPorts
  readonly trust: TrustOperations
  readonly hubUrl: () => string
  readonly startedAt: EpochMs
  readonly isConnected: (device: string) => boolean
  /** Ends a device's live session. */
  readonly disconnect: (device: DeviceId) => void
  readonly eventLoopP99Ms: () => number
  readonly rssMb: () => number
  readonly imports: RunningImports
  readonly importFromFleet: (input: FleetImport) => Promise<Result<ImportedDataset, Refusal>>
  readonly deleteVersion: (deletion: Deletion) => Promise<Result<DeletedVersion, Refusal>>
  /** Files that no version has and nobody has written for a day. */
  readonly removeOrphans: () => Promise<RemovedOrphans>
  readonly gates: GateOverrides
  readonly startCheck: (request: CheckRequest) => Promise<Result<string, Refusal>>
  readonly startComparison: (request: CompareRequest) => Promise<Result<string, Refusal>>
  readonly startRun: (request: RunRequest) => Promise<Result<StartedRun, Refusal>>
  /** Answers with the id of the run that judges the model. */
  readonly importModel: (request: ImportModelRequest) => Promise<Result<StartedRun, Refusal>>
  /** Answers with the id of the run that trains again and compares. */
  readonly reproduceRun: (request: ReproduceRequest) => Promise<Result<string, Refusal>>
  readonly cancelRun: (request: CancelRequest) => Promise<Result<void, Refusal>>
  /** The lock that a version carries; null when its file is gone. */
  readonly trainLock: (version: Pick<VersionRow, 'manifest'>) => Promise<StoredLock | null>
  readonly createRollout: (recipe: string, version: number) => Promise<Result<string, Refusal>>
  readonly operateRollout: (
    id: string,
    operation: RolloutOperation,
    reason: string,
  ) => Promise<Result<void, Refusal>>
  /** The reference profile of a bundle; null when the bundle is unknown. */
  readonly referenceProfile: (digest: BundleDigest) => Promise<ReferenceProfile | null>
}

export type GateOverrides = {
  readonly requestOverride: (request: Omit<OverrideRequest, 'id'>) => Promise<Result<OverrideRow, Refusal>>
  readonly decideOverride: (decided: OverrideDecided) => Promise<Result<OverrideRow, Refusal>>
}

export type RunRequest = {
  readonly dataset: string
  readonly recipe: string
  readonly selection: RunSelection
  /** Train even where equal inputs have a version already. */
  readonly isAgain: boolean
  readonly requestedBy: string
}

export type CheckRequest = Omit<RunRequest, 'isAgain'> & {
  /** A recipe that need not be applied; null: as the hub has it. */
  readonly body: Recipe | null
}

export type CompareRequest = Omit<RunRequest, 'recipe' | 'isAgain'> & {
  /** Versions, as `recipe@version`. */
  readonly a: string
  readonly b: string
}
/** `isReused`: an older run with equal inputs, finished or under way. */
export type StartedRun = { readonly id: string; readonly isReused: boolean }

export type ImportModelRequest = Omit<RunRequest, 'recipe' | 'isAgain'> & {
  readonly model: Uint8Array
  readonly signature: ImportSignature
}

export type ReproduceRequest = { readonly of: string; readonly requestedBy: string }

export type DatasetUpload = Pick<TableUpload, 'body' | 'mapping' | 'until' | 'asOf'> & {
  readonly recipe: string
  readonly name: string
  readonly source: DatasetReport['source']
  /** False: only checked, nothing is stored. */
  readonly isStored: boolean
  readonly onProgress: (progress: ImportProgress) => void
  readonly signal: AbortSignal
}

/** Which of the fleet's readings become a dataset; null sets no limit. */
export type FleetImport = {
  readonly recipe: string
  readonly name: string
  /** What had arrived by then; null: by now. */
  readonly asOf: EpochMs | null
  /** Event times in [from, until). */
  readonly from: EpochMs | null
  readonly until: EpochMs | null
  readonly stations: readonly string[] | null
  readonly devices: readonly string[] | null
  readonly signal: AbortSignal
}

export type RunningImport = Required<ImportProgress> & {
  readonly id: string
  readonly name: string
  readonly recipe: string
}

export type RunningImports = {
  /** Reads the stream to its end and stores the dataset, or refuses and stores nothing. */
  readonly run: (input: DatasetUpload) => Promise<Result<ImportedDataset, Refusal>>
  readonly list: () => readonly RunningImport[]
  readonly cancel: (id: string) => Result<void, Refusal>
}
