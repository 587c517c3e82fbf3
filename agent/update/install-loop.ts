/** Drives the install machine: persists the state first, then runs its effect; one bundle at a time, newest wish first. */
import type { BundleDigest } from '@fleetcast/shared/ids.ts'
import { shortDigest } from '@fleetcast/shared/ids.ts'
import type { BundleStatus } from '@fleetcast/shared/protocol/telemetry.ts'
import type { Refusal, Result } from '@fleetcast/shared/result.ts'
import { ms } from '@fleetcast/shared/units.ts'
import type { AgentSettings } from '../config/agent-settings.ts'
import type { AgentPorts } from '../ports/agent-ports.ts'
import { createWake } from '../ports/wake.ts'
import { recordEvent } from '../telemetry/station-events.ts'
import { loadOutcomes, storeOutcome, type BundleOutcome } from './bundles-table.ts'
import type { BlockSource } from './download-blocks.ts'
import { downloadBundle } from './download-bundle.ts'
import {
  effectsOf,
  stepInstall,
  type InstallEffect,
  type InstallEvent,
  type InstallState,
} from './install-machine.ts'
import { openBundle, type BundleFit } from './read-bundle.ts'
import { nextDelay } from './retry-delay.ts'
import { selfTest } from './self-test.ts'

type Ports = Pick<AgentPorts, 'clock' | 'store' | 'files' | 'inference' | 'log' | 'random'>

export type InstallStages = {
  readonly settings: AgentSettings
  readonly fit: BundleFit
  readonly source: BlockSource
  /** Bundles the desired state names, most important first. */
  readonly wanted: () => readonly BundleDigest[]
  readonly onOutcome: () => void
  /** Frees the disk; called only while nothing is being installed, so that no file vanishes under a download. */
  readonly tidy: () => Promise<void>
}

const DOCUMENT = 'install'

export class InstallLoop {
  private readonly ports: Ports
  private readonly stages: InstallStages
  private readonly woken = createWake()
  private state: InstallState
  private progress = 0
  private delay = 0
  private preempt = new AbortController()

  constructor(ports: Ports, stages: InstallStages) {
    this.ports = ports
    this.stages = stages
    this.state = ports.store.readDocument<InstallState>(DOCUMENT) ?? { kind: 'idle' }
  }

  /** The desired state changed: an installation that is no longer the next one stops at once. */
  wake(): void {
    if (this.next() !== targetOf(this.state)) this.preempt.abort()
    this.woken.wake()
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.turn(signal)
      } catch (cause) {
        this.ports.log.error({ cause, state: this.state }, 'an installation step failed; trying it again')
        await this.pause(signal)
      }
    }
  }

  statuses(): readonly BundleStatus[] {
    const outcomes = loadOutcomes(this.ports.store)
    return this.stages.wanted().map((digest) => this.statusOf(digest, outcomes.get(digest)))
  }

  private statusOf(digest: BundleDigest, outcome: BundleOutcome | undefined): BundleStatus {
    if (outcome === undefined) return { digest, ...this.underWay(digest), code: null, message: null }
    const { state, code, message } = outcome
    return { digest, state, progress: state === 'installed' ? 1 : 0, code, message }
  }

  private underWay(digest: BundleDigest): Pick<BundleStatus, 'state' | 'progress'> {
    const { kind } = this.state
    if (targetOf(this.state) !== digest) return { state: 'downloading', progress: 0 }
    if (kind === 'verifying' || kind === 'selfTesting') return { state: kind, progress: 1 }
    return { state: 'downloading', progress: Math.floor(this.progress * 100) / 100 }
  }

  private next(): BundleDigest | null {
    const outcomes = loadOutcomes(this.ports.store)
    return this.stages.wanted().find((digest) => !outcomes.has(digest)) ?? null
  }

  private async turn(signal: AbortSignal): Promise<void> {
    this.preempt = new AbortController()
    const both = AbortSignal.any([signal, this.preempt.signal])
    const next = this.next()
    const isOver = this.state.kind === 'installed' || this.state.kind === 'rejected'
    if (isOver || next !== targetOf(this.state)) this.dispatch({ kind: 'wanted', target: next })
    const [effect] = effectsOf(this.state)
    if (effect === undefined) {
      await this.stages.tidy()
      return await this.woken.wait(signal)
    }
    const event = await this.perform(effect, both)
    if (event !== null && !both.aborted) this.dispatch(event)
    if (event?.kind === 'stalled' || event?.kind === 'downloadFailed') await this.pause(both)
    else this.delay = 0
  }

  private async pause(signal: AbortSignal): Promise<void> {
    const { retryMinMs: least, retryMaxMs: most } = this.stages.settings
    this.delay = nextDelay(this.ports.random, this.delay, { least, most })
    await this.ports.clock.sleep(ms(this.delay), signal)
  }

  /** Effects that a report asks for belong to the same commit as the state that asks. */
  private dispatch(event: InstallEvent): void {
    const { state, effects } = stepInstall(this.state, event)
    const { store, log } = this.ports
    store.transaction('power', () => {
      store.writeDocument(DOCUMENT, state)
      for (const effect of effects) if (effect.kind === 'report') this.report(state)
    })
    if (state.kind !== this.state.kind)
      log.info({ target: targetOf(state), event: event.kind }, `bundle ${state.kind}`)
    if (state.kind === 'downloading' && event.kind === 'wanted') this.progress = 0
    this.state = state
    if (state.kind === 'installed' || state.kind === 'rejected') this.stages.onOutcome()
  }

  private report(state: InstallState): void {
    if (state.kind !== 'installed' && state.kind !== 'rejected') return
    const { store } = this.ports
    const { kind, target } = state
    const { code, message } = state.kind === 'rejected' ? state : { code: null, message: null }
    storeOutcome(store, { digest: target, state: kind, code, message })
    const name = `bundle ${shortDigest(target)}`
    if (code === null)
      recordEvent(store, { at: null, code: 'update/installed', severity: 'info', message: name })
    else recordEvent(store, { at: null, code, severity: 'error', message: `${name} rejected: ${message}` })
  }

  private async perform(effect: InstallEffect, signal: AbortSignal): Promise<InstallEvent | null> {
    const { target } = effect
    if (effect.kind === 'download') return await this.download(target, signal)
    // A report was made by the commit that entered the state.
    if (effect.kind === 'report') return null
    const { files, inference } = this.ports
    const bundle = await openBundle(files, target, this.stages.fit)
    if (!bundle.ok) return this.failure(bundle.error)
    if (effect.kind === 'verify') return { kind: 'verified' }
    const outcome = await selfTest(inference, bundle.value)
    return outcome.ok ? { kind: 'selfTestPassed' } : this.failure(outcome.error)
  }

  private async download(target: BundleDigest, signal: AbortSignal): Promise<InstallEvent> {
    const { files, clock } = this.ports
    const { source, settings, fit } = this.stages
    const onProgress = (share: number): void => {
      this.progress = share
    }
    const outcome: Result<null, Refusal> = await downloadBundle(
      { files, clock, source, settings, released: fit.released, onProgress },
      target,
      signal,
    )
    return outcome.ok ? { kind: 'downloaded' } : this.failure(outcome.error)
  }

  private failure({ code, message }: Refusal): InstallEvent {
    const attemptsMax = this.stages.settings.downloadAttemptsMax
    if (code === 'download/stalled') return { kind: 'stalled' }
    if (code.startsWith('download/')) return { kind: 'downloadFailed', code, message, attemptsMax }
    if (code === 'bundle/corrupted') return { kind: 'corrupted', code, message, attemptsMax }
    return { kind: 'refused', code, message }
  }
}

const targetOf = (state: InstallState): BundleDigest | null => (state.kind === 'idle' ? null : state.target)
