/** Waits for a candidate that is installed and not yet backtested, replays it, and commits evidence and done-mark together. */
import type { BundleDigest } from '@fleetcast/shared/ids.ts'
import { shortDigest } from '@fleetcast/shared/ids.ts'
import type { Enrolment } from '@fleetcast/shared/protocol/enrolment.ts'
import { assert } from '@fleetcast/shared/assert.ts'
import { seconds } from '@fleetcast/shared/units.ts'
import type { AgentPorts } from '../ports/agent-ports.ts'
import { createWake } from '../ports/wake.ts'
import { loadReadings } from '../readings/readings-table.ts'
import { accumulate } from '../telemetry/accumulators.ts'
import type { Increment } from '../telemetry/add-records.ts'
import { recordEvent } from '../telemetry/station-events.ts'
import { historyOf } from './backtest.ts'
import { markBacktested, storeOutcome } from './bundles-table.ts'
import { readManifest, type BundleFit } from './read-bundle.ts'
import { runBacktest, type BacktestModel } from './run-backtest.ts'
import type { StationModels } from './station-models.ts'

type Ports = Pick<AgentPorts, 'clock' | 'store' | 'files' | 'log'>

export type BacktestStages = {
  readonly enrolment: Enrolment
  readonly fit: BundleFit
  readonly models: Pick<StationModels, 'load'>
  /** The candidate that waits for its backtest, with what serves beside it; null for none. */
  readonly due: () => { readonly candidate: BundleDigest; readonly champion: BundleDigest | null } | null
  readonly onDone: () => void
}

export class BacktestLoop {
  private readonly ports: Ports
  private readonly stages: BacktestStages
  private readonly woken = createWake()
  private running: { readonly candidate: BundleDigest; readonly abort: AbortController } | null = null

  constructor(ports: Ports, stages: BacktestStages) {
    this.ports = ports
    this.stages = stages
  }

  wake(): void {
    if (this.running && this.stages.due()?.candidate !== this.running.candidate) this.running.abort.abort()
    this.woken.wake()
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const due = this.stages.due()
      if (due === null) await this.woken.wait(signal)
      else await this.attempt(due, signal)
    }
  }

  private async attempt(
    due: NonNullable<ReturnType<BacktestStages['due']>>,
    signal: AbortSignal,
  ): Promise<void> {
    const abort = new AbortController()
    this.running = { candidate: due.candidate, abort }
    try {
      await this.backtest(due, AbortSignal.any([signal, abort.signal]))
    } catch (cause) {
      this.ports.log.error({ cause, ...due }, 'the backtest failed; trying it again')
      await this.ports.clock.sleep(seconds(10), signal)
    } finally {
      this.running = null
    }
  }

  private async backtest(
    { candidate, champion }: { candidate: BundleDigest; champion: BundleDigest | null },
    signal: AbortSignal,
  ): Promise<void> {
    const { enrolment } = this.stages
    const { recipe, site } = enrolment
    const history = historyOf(loadReadings(this.ports.store, 0), recipe)
    if (history === null) return this.done(candidate, [])
    const opened: BacktestModel[] = []
    try {
      for (const digest of [candidate, champion])
        if (digest !== null) {
          const model = await this.open(digest)
          if (model === null && digest === candidate) return
          if (model !== null) opened.push(model)
        }
      const job = {
        candidate: opened[0]!,
        champion: opened[1] ?? null,
        history,
        recipe,
        position: enrolment,
        site,
      }
      const evidence = await runBacktest(this.ports.clock, job, signal)
      if (evidence !== null) this.done(candidate, evidence)
    } finally {
      for (const { model } of opened) await model.session.close()
    }
  }

  /** Null, and the candidate rejected, when its bundle does not open. */
  private async open(digest: BundleDigest): Promise<BacktestModel | null> {
    const model = await this.stages.models.load(digest)
    if (!model.ok) {
      const { code, message } = model.error
      this.ports.store.transaction('power', () =>
        storeOutcome(this.ports.store, { digest, state: 'rejected', code, message }),
      )
      this.stages.onDone()
      return null
    }
    const manifest = await readManifest(this.ports.files, digest, this.stages.fit)
    assert(manifest.ok, 'a bundle that has just been opened has its manifest')
    return { model: model.value, manifest: manifest.value }
  }

  private done(candidate: BundleDigest, evidence: readonly Increment[]): void {
    const { store } = this.ports
    store.transaction('power', () => {
      accumulate(store, evidence)
      markBacktested(store, candidate)
      const message = `bundle ${shortDigest(candidate)}: ${evidence.length} records of evidence from stored readings`
      recordEvent(store, { at: null, code: 'update/backtested', severity: 'info', message })
    })
    this.stages.onDone()
  }
}
