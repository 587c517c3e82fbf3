/**
 * The models in memory: follows the desired champion through the serving machine and keeps exactly those sessions open
 * that have a role. Changes only between two forecasts (the caller runs it in the station's queue).
 */
import type { BundleDigest } from '@fleetcast/shared/ids.ts'
import { shortDigest } from '@fleetcast/shared/ids.ts'
import { err, ok, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import type { AgentSettings } from '../config/agent-settings.ts'
import type { ActiveModels, StationForecast } from '../inference/forecast-station.ts'
import type { LoadedModel } from '../inference/predict.ts'
import type { AgentPorts } from '../ports/agent-ports.ts'
import { edgesOf, NO_EDGES, type ProfileEdges } from '../profile/profile-increments.ts'
import { recordEvent } from '../telemetry/station-events.ts'
import { isBacktested, loadOutcomes, removeOutcome, storeOutcome } from './bundles-table.ts'
import { haltOf, storeHalt } from './halt.ts'
import {
  candidateState,
  NO_WISH,
  orderOf,
  wantedBundles,
  type CandidateState,
  type Wish,
} from './plan-roles.ts'
import { openBundle, type BundleFit } from './read-bundle.ts'
import { isAboveFloor, maySucceed, raiseFloor, releasedOf } from './released-models.ts'
import {
  servingOf,
  stepServing,
  type ServingEffect,
  type ServingEvent,
  type ServingState,
  type ServingStep,
} from './serving-machine.ts'

type Ports = Pick<AgentPorts, 'store' | 'files' | 'inference' | 'log'>
type Settings = Pick<AgentSettings, 'trialForecasts' | 'trialSlowMax' | 'latencyBudgetMs' | 'revokedModel'>

const DOCUMENT = 'serving'
/** Champion, fallback, candidate: each may turn out unloadable once. */
const FOLLOW_ROUNDS_MAX = 4

export class StationModels {
  private readonly ports: Ports
  private readonly fit: BundleFit
  private readonly settings: Settings
  private readonly loaded = new Map<BundleDigest, LoadedModel>()
  private candidate: BundleDigest | null = null
  private edgesBundle: BundleDigest | null = null
  private generation = NO_WISH.generation
  /** Why the station gives no forecasts at all; null when it gives them. */
  halt: Refusal<'trust/revoked'> | null = null
  state: ServingState
  edges: ProfileEdges = NO_EDGES

  constructor(ports: Ports, { fit, settings }: { fit: BundleFit; settings: Settings }) {
    this.ports = ports
    this.fit = fit
    this.settings = settings
    this.state = ports.store.readDocument<ServingState>(DOCUMENT) ?? { kind: 'baseline', previous: null }
  }

  active(): ActiveModels {
    const get = (digest: BundleDigest | null): LoadedModel | null =>
      digest === null ? null : (this.loaded.get(digest) ?? null)
    return {
      serving: get(servingOf(this.state)),
      fallback: this.state.kind === 'trial' ? get(this.state.previous) : null,
      candidate: get(this.candidate),
    }
  }

  candidateState(wish: Wish): CandidateState {
    const { store } = this.ports
    return candidateState(wish, {
      outcomes: loadOutcomes(store),
      serving: this.state,
      isBacktested: wish.candidate !== null && isBacktested(store, wish.candidate),
    })
  }

  /** Brings memory in line with what is desired and installed. */
  async follow(wish: Wish, at: EpochMs | null): Promise<void> {
    this.generation = wish.generation
    for (let round = 0; round < FOLLOW_ROUNDS_MAX; round++) {
      this.order(wish, at)
      this.followEpoch(wish)
      this.obeyRevocations(at)
      this.candidate = this.candidateState(wish) === 'shadowing' ? wish.candidate : null
      const failed = await this.loadMissing()
      if (failed === null) break
      this.giveUp(failed, at)
    }
    this.halt = haltOf(this.ports.store, wish.generation)
    await this.closeOthers()
    await this.chooseEdges(wish)
  }

  /** What one forecast means for the trial: persist it with the reading, then `adopt` it. */
  judge(trial: StationForecast['trial']): ServingStep {
    if (trial === null) return { state: this.state, effects: [] }
    const { model, fault, latency } = trial
    if (fault !== null) return stepServing(this.state, { ...fault, kind: 'forecastFailed', model })
    const isSlow = latency !== null && latency > this.settings.latencyBudgetMs
    return stepServing(this.state, { kind: isSlow ? 'forecastSlow' : 'forecastGood', model })
  }

  /** Call inside the transaction that makes the step true. */
  persist(step: ServingStep, at: EpochMs | null): void {
    if (step.state === this.state) return
    this.ports.store.writeDocument(DOCUMENT, step.state)
    for (const effect of step.effects) this.report(effect, at)
  }

  /** True when other models have a role from now on. */
  adopt(step: ServingStep): boolean {
    this.state = step.state
    if (step.effects.length === 0) return false
    // A floor that was raised in the reading's commit is on the medium before anything relies on it.
    const { store } = this.ports
    store.transaction('power', () => store.writeDocument(DOCUMENT, step.state))
    return true
  }

  async close(): Promise<void> {
    for (const model of this.loaded.values()) await model.session.close()
    this.loaded.clear()
  }

  /** Opens a bundle of its own session, for a backtest. */
  async load(digest: BundleDigest): Promise<Result<LoadedModel, Refusal>> {
    const bundle = await openBundle(this.ports.files, digest, this.fit)
    if (!bundle.ok) return bundle
    const { signature, profile, model } = bundle.value
    try {
      return ok({ digest, signature, profile, session: await this.ports.inference.load(model) })
    } catch (cause) {
      return err({ code: 'inference/unloadable', message: String(cause).slice(0, 200) })
    }
  }

  private order(wish: Wish, at: EpochMs | null): void {
    const champion = orderOf(wish, loadOutcomes(this.ports.store))
    if (champion === undefined) return
    const isServing = champion === servingOf(this.state)
    if (champion !== null && !isServing && releasedOf(this.ports.store, champion)?.revoked) return
    const { trialForecasts: forecasts, trialSlowMax: slowMax } = this.settings
    this.dispatch({ kind: 'ordered', champion, rules: { forecasts, slowMax } }, at)
  }

  private dispatch(event: ServingEvent, at: EpochMs | null): void {
    const step = stepServing(this.state, event)
    if (step.state === this.state) return
    this.ports.store.transaction('power', () => this.persist(step, at))
    this.ports.log.info({ from: this.state, to: step.state }, `serving after ${event.kind}`)
    this.state = step.state
  }

  /** The release key may raise the epoch of the very model that passed its trial here: no commit will come for it again. */
  private followEpoch({ champion }: Wish): void {
    const { store } = this.ports
    const { state } = this
    if (state.kind !== 'committed' || state.good !== champion || !isAboveFloor(store, champion)) return
    store.transaction('power', () => raiseFloor(store, champion))
  }

  /** A revoked model is left only where the station is set so; the way back to a barred one is closed in any case. */
  private obeyRevocations(at: EpochMs | null): void {
    const { store } = this.ports
    const serving = servingOf(this.state)
    const reason = serving === null ? null : (releasedOf(store, serving)?.revoked ?? null)
    if (serving !== null && reason !== null && this.settings.revokedModel !== 'keep')
      this.dispatch({ kind: 'withdrawn', model: serving, code: 'trust/revoked', message: reason }, at)
    const { previous } = this.state
    if (previous !== null && !maySucceed(store, previous))
      this.dispatch({ kind: 'barred', model: previous }, at)
  }

  private report(effect: ServingEffect, at: EpochMs | null): void {
    const { store } = this.ports
    const name = `bundle ${shortDigest(effect.target)}`
    if (effect.kind === 'committed') {
      raiseFloor(store, effect.target)
      const message = `${name} passed its trial`
      return recordEvent(store, { at, code: 'update/committed', severity: 'info', message })
    }
    const { target: digest, to, code, message } = effect
    this.strike({ digest, code, message })
    if (code === 'trust/revoked' && this.settings.revokedModel === 'stop')
      storeHalt(store, { generation: this.generation, reason: message })
    const now = to === null ? 'the baseline serves' : `bundle ${shortDigest(to)} serves again`
    recordEvent(store, {
      at,
      code: 'update/rolledBack',
      severity: 'error',
      message: `${name}: ${code}, ${message}; ${now}`,
    })
  }

  /** Files that decayed are no fault of the bundle: it is installed again. */
  private strike({ digest, code, message }: { digest: BundleDigest; code: string; message: string }): void {
    const { store } = this.ports
    if (code === 'bundle/corrupted') removeOutcome(store, digest)
    else storeOutcome(store, { digest, state: 'rejected', code, message })
  }

  private roles(): readonly BundleDigest[] {
    const fallback = this.state.kind === 'trial' ? this.state.previous : null
    return [servingOf(this.state), fallback, this.candidate].filter((digest) => digest !== null)
  }

  private async loadMissing(): Promise<(Refusal & { readonly model: BundleDigest }) | null> {
    for (const digest of this.roles()) {
      if (this.loaded.has(digest)) continue
      const model = await this.load(digest)
      if (!model.ok) return { ...model.error, model: digest }
      this.loaded.set(digest, model.value)
    }
    return null
  }

  private giveUp(
    { model, code, message }: Refusal & { readonly model: BundleDigest },
    at: EpochMs | null,
  ): void {
    this.ports.log.error({ model, code, message }, 'an installed bundle does not load')
    const before = this.state
    this.dispatch({ kind: 'unloadable', model, code, message }, at)
    if (this.state !== before) return
    const { store } = this.ports
    store.transaction('power', () => {
      this.strike({ digest: model, code, message })
      recordEvent(store, {
        at,
        code: 'inference/unloadable',
        severity: 'error',
        message: `${shortDigest(model)}: ${message}`,
      })
      if (this.state.kind !== 'trial' || this.state.previous !== model) return
      // The fallback of a trial is gone: the baseline takes its place.
      this.state = { ...this.state, previous: null }
      store.writeDocument(DOCUMENT, this.state)
    })
  }

  private async closeOthers(): Promise<void> {
    const roles = this.roles()
    for (const [digest, model] of this.loaded) {
      if (roles.includes(digest)) continue
      this.loaded.delete(digest)
      await model.session.close()
    }
  }

  /** Edges of the best bundle at hand: what serves, else the candidate, else whatever was prefetched. */
  private async chooseEdges(wish: Wish): Promise<void> {
    const outcomes = loadOutcomes(this.ports.store)
    const ranked = [servingOf(this.state), wish.candidate, ...wantedBundles(wish)].filter(
      (digest) => digest !== null,
    )
    const best = ranked.find((digest) => outcomes.get(digest)?.state === 'installed')
    if (best === undefined || best === this.edgesBundle) return
    const loaded = this.loaded.get(best)
    const bundle = loaded ? ok(loaded) : await openBundle(this.ports.files, best, this.fit)
    if (!bundle.ok) return
    this.edges = edgesOf(bundle.value.profile)
    this.edgesBundle = best
  }
}
