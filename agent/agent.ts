/**
 * One agent, one station. This file joins the stages: each is handed the next one as a function and knows nothing of it.
 * reading -> quality -> window -> forecasts -> verification -> profile -> accumulators -> spool -> hub.
 */
import { assert } from '@fleetcast/shared/assert.ts'
import type { StatusRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import { windowChannels } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import type { AgentConfig } from './config/agent-settings.ts'
import { AGENT_VERSION } from './config/agent-version.ts'
import { ConnectionLoop } from './connection/connection-loop.ts'
import { ControlLoop } from './connection/control-loop.ts'
import { Mailbox } from './connection/mailbox.ts'
import { createBlockSource, createMetadataChannel } from './connection/request-channels.ts'
import { DesiredState } from './desired/desired-state.ts'
import { AnswerCounts } from './inference/answer-counts.ts'
import { classForecast, forecastServed, type ForecastServed } from './inference/forecast-served.ts'
import { inferBatch, type InferCode, type InferInput } from './inference/infer-batch.ts'
import type { LocalAgent, StationMetrics } from './local-api/local-agent.ts'
import type { AgentPorts } from './ports/agent-ports.ts'
import type { Predictions } from './ports/inference-engine.ts'
import { ReadingStage, type Committed } from './readings/reading-stage.ts'
import type { Reading, ReadingCode } from './readings/reading.ts'
import { READINGS_TABLE } from './readings/readings-table.ts'
import { createSerialQueue } from './readings/serial-queue.ts'
import { ACCUMULATOR_TABLE } from './telemetry/accumulators.ts'
import { sayFarewell } from './telemetry/say-farewell.ts'
import { SPOOL_TABLE } from './telemetry/spool.ts'
import { EVENT_TABLE } from './telemetry/station-events.ts'
import { TelemetryLoop } from './telemetry/telemetry-loop.ts'
import { TrustLoop } from './trust/trust-loop.ts'
import { createAnswerStages, type Answer } from './update/answer-reading.ts'
import { BacktestLoop } from './update/backtest-loop.ts'
import { BACKTEST_TABLE, BUNDLE_TABLE } from './update/bundles-table.ts'
import { collectGarbage } from './update/collect-garbage.ts'
import { InstallLoop } from './update/install-loop.ts'
import { neededBundles, wantedBundles } from './update/plan-roles.ts'
import type { BundleFit } from './update/read-bundle.ts'
import { RELEASED_TABLE, releasedOf } from './update/released-models.ts'
import { servingOf } from './update/serving-machine.ts'
import { StationModels } from './update/station-models.ts'
import { PENDING_TABLE } from './verification/pending-forecasts.ts'

export type Agent = LocalAgent & {
  /** Opens the models that have a role, then starts the loops; resolves when the station can answer. */
  readonly start: () => Promise<void>
  /** The sensor's time of the newest committed reading: the sensor side goes on after it. */
  readonly lastReadingAt: () => EpochMs | null
  /** Cuts what waits, gives the connection a moment to send it, closes everything, the store included. */
  readonly stop: () => Promise<void>
}

const TABLES = [
  READINGS_TABLE,
  PENDING_TABLE,
  ACCUMULATOR_TABLE,
  EVENT_TABLE,
  SPOOL_TABLE,
  BUNDLE_TABLE,
  BACKTEST_TABLE,
  RELEASED_TABLE,
]

/** Opens the station's state; nothing runs before `start`. */
export function createAgent(ports: AgentPorts, config: AgentConfig): Agent {
  for (const table of TABLES) ports.store.run(table)
  const station = new Station(ports, config)
  const { recipe } = config.enrolment
  return {
    recipe: { name: recipe.name, windowSteps: recipe.windowSteps, channels: windowChannels(recipe) },
    start: async () => await station.start(),
    observe: async (reading) => await station.observe(reading),
    infer: async (input) => await station.infer(input),
    status: () => station.status(),
    metrics: () => station.metrics(),
    halt: () => station.halt(),
    lastReadingAt: () => station.lastReadingAt(),
    stop: async () => await station.stop(),
  }
}

class Station {
  private readonly ports: AgentPorts
  private readonly config: AgentConfig
  private readonly fit: BundleFit
  private readonly queue = createSerialQueue()
  private readonly mailbox = new Mailbox()
  private readonly readings: ReadingStage<Answer>
  private readonly desired: DesiredState
  private readonly models: StationModels
  private readonly connection: ConnectionLoop
  private readonly telemetry: TelemetryLoop
  private readonly control: ControlLoop
  private readonly trust: TrustLoop
  private readonly installs: InstallLoop
  private readonly backtests: BacktestLoop
  private readonly stopping = new AbortController()
  private readonly leaving = new AbortController()
  private running: Promise<unknown>[] = []
  private readonly counts = new AnswerCounts()
  private newest: ForecastServed | null = null

  constructor(ports: AgentPorts, config: AgentConfig) {
    const { enrolment, settings } = config
    const { recipe, device, privateKey } = enrolment
    const { mailbox } = this
    this.ports = ports
    this.config = config
    this.fit = { recipe, released: (digest) => releasedOf(ports.store, digest) }
    const { fit } = this
    this.models = new StationModels(ports, { fit, settings })
    const { models } = this
    const answer = createAnswerStages(ports, { enrolment, ringDays: settings.ringDays, models })
    this.readings = new ReadingStage(ports.store, { recipe, ringDays: settings.ringDays }, answer)
    this.desired = new DesiredState(ports, device)
    this.connection = new ConnectionLoop(ports, {
      settings,
      onDown: (kind, payload) => mailbox.put(kind, payload),
      onConnected: () => {
        this.telemetry.connected()
        this.trust.connected()
      },
    })
    const { connection } = this
    this.telemetry = new TelemetryLoop(ports, {
      device,
      settings,
      status: () => this.status(),
      collecting: { recipe, ringDays: settings.ringDays },
      privateKey,
      publisher: () => {
        const { current } = connection
        return current && ((message) => current.publish('telemetry', message, 1))
      },
    })
    this.control = new ControlLoop(ports, {
      mailbox,
      onWatermark: (watermark) => this.telemetry.confirmed(watermark),
      onHint: (payload) => this.trust.hint(payload),
    })
    this.trust = new TrustLoop(ports, {
      enrolment,
      settings,
      channel: createMetadataChannel(ports, { connection, mailbox }),
      isConnected: () => connection.current !== null,
      generation: () => this.desired.generation(),
      serving: () => servingOf(models.state),
      at: () => this.readings.lastTime(),
      receive: (order) => this.desired.receive(order),
      restartCounting: () => this.desired.restartCounting(),
      onChange: () => {
        this.installs.wake()
        this.followSoon()
      },
    })
    const source = createBlockSource(ports, { connection, mailbox })
    const wanted = () => wantedBundles(this.desired.wish())
    this.installs = new InstallLoop(ports, {
      tidy: async () => await this.tidy(),
      settings,
      fit,
      source,
      wanted,
      onOutcome: () => this.followSoon(),
    })
    const due = () => this.backtestDue()
    this.backtests = new BacktestLoop(ports, { enrolment, fit, models, due, onDone: () => this.followSoon() })
  }

  async start(): Promise<void> {
    assert(this.running.length === 0, 'an agent starts once')
    await this.queue.run(async () => await this.follow())
    const { signal } = this.stopping
    this.running = [
      this.connection.run(this.leaving.signal),
      this.telemetry.run(signal),
      this.installs.run(signal),
      this.backtests.run(signal),
      this.ports.renewal.run(signal),
      this.control.run(signal),
      this.trust.run(signal),
    ]
  }

  async observe(reading: Reading): Promise<Result<ForecastServed | null, Refusal<ReadingCode>>> {
    const result = await this.queue.offer(async () => {
      assert(this.running.length > 0 && !this.stopping.signal.aborted, 'readings come between start and stop')
      const committed = await this.readings.observe(reading)
      if (committed.ok) this.adopt(committed.value)
      return committed
    })
    if (result.ok) {
      const { observed, forecast } = result.value
      this.newest = forecastServed(this.config.enrolment.recipe, observed.time, forecast.forecast)
      return ok(this.newest)
    }
    this.counts.readingsRefused++
    return result
  }

  /** A question of the local API, answered by what serves, between two readings. */
  async infer(input: InferInput): Promise<Result<Predictions, Refusal<InferCode>>> {
    const { recipe } = this.config.enrolment
    return await this.queue.run(async () => await inferBatch(this.models.active().serving, input, recipe))
  }

  status(): StatusRecord {
    const wish = this.desired.wish()
    const forecast = classForecast(this.newest)
    return {
      kind: 'status',
      at: this.readings.lastTime(),
      generation: this.desired.generation(),
      serving: servingOf(this.models.state),
      servingState: this.models.state.kind,
      candidate: wish.candidate,
      candidateState: this.models.candidateState(wish),
      bundles: [...this.installs.statuses()],
      channels: [...this.readings.health()],
      agentVersion: AGENT_VERSION,
      rssMb: this.ports.host.rssMb(),
      ...(this.trust.isDemo ? { demoTrust: true } : {}),
      ...(forecast === undefined ? {} : { forecast }),
    }
  }

  metrics(): StationMetrics {
    return {
      ...this.counts,
      ordersRefused: this.trust.refused(),
      trustChecks: this.trust.counts.checks,
      trustChecksFailed: this.trust.counts.failed,
      messagesDropped: Object.values(this.mailbox.dropped).reduce((sum, count) => sum + count, 0),
      spooled: this.telemetry.spooled(),
      spoolDropped: this.telemetry.dropped,
      isConnected: this.connection.current !== null,
    }
  }

  halt(): Refusal<'trust/revoked'> | null {
    return this.models.halt
  }

  lastReadingAt(): EpochMs | null {
    return this.readings.lastReadingAt()
  }

  async stop(): Promise<void> {
    this.stopping.abort()
    await this.queue.run(async () => await Promise.resolve())
    if (this.running.length > 0)
      await sayFarewell(this.ports, {
        telemetry: this.telemetry,
        isConnected: () => this.connection.current !== null,
        receiveAck: () => this.control.receiveAck(),
      })
    this.leaving.abort()
    await Promise.all(this.running)
    await this.models.close()
    this.ports.store.close()
  }

  /** Runs in the queue, after the commit. */
  private adopt({ forecast: { forecast, step } }: Committed<Answer>): void {
    this.counts.add(forecast)
    if (this.models.adopt(step)) this.followSoon()
  }

  /** Models follow the desired state between two forecasts. */
  private followSoon(): void {
    void this.queue
      .run(async () => await this.follow())
      .catch((cause: unknown) =>
        this.ports.log.error({ cause }, 'the models could not follow the desired state'),
      )
  }

  private async follow(): Promise<void> {
    await this.models.follow(this.desired.wish(), this.readings.lastTime())
    this.installs.wake()
    this.backtests.wake()
  }

  private async tidy(): Promise<void> {
    const needed = neededBundles(this.desired.wish(), this.models.state)
    await collectGarbage(this.ports, { needed, fit: this.fit })
  }

  private backtestDue() {
    const wish = this.desired.wish()
    if (wish.candidate === null || this.models.candidateState(wish) !== 'backtesting') return null
    return { candidate: wish.candidate, champion: servingOf(this.models.state) }
  }
}
