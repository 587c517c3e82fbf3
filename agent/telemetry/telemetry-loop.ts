/**
 * Moves accumulators, events and the status into numbered messages and sends them in order until the hub's watermark
 * confirms them. A broker's acknowledgement only opens the window; nothing but the watermark frees the spool.
 */
import { createLineSigner, type SignLine } from '@fleetcast/shared/protocol/signed-line.ts'
import type { StatusRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import { ms } from '@fleetcast/shared/units.ts'
import type { AgentSettings } from '../config/agent-settings.ts'
import type { AgentPorts } from '../ports/agent-ports.ts'
import { countAccumulators, takeAccumulators } from './accumulators.ts'
import { areReadingsDue, takeReadings, type Collecting } from './collect-readings.ts'
import { encodeMessage, groupRecords } from './cut-messages.ts'
import {
  confirm,
  countSpool,
  markSent,
  nextSequence,
  oldestSpooled,
  spooledAfter,
  spoolGroups,
} from './spool.ts'
import { countEvents, recordEvent, takeEvents } from './station-events.ts'

/** Messages in flight without the broker's acknowledgement. */
export const UNACKED_MAX = 8
/** While nothing flows, increments add up in place until this many are worth a message. */
const RECORDS_WORTH_A_MESSAGE = 100
/** Acknowledged by the broker but never confirmed by the hub: sent again after this wall time. */
const UNCONFIRMED_MS = 30_000

type Ports = Pick<AgentPorts, 'clock' | 'store' | 'log'>

export type TelemetryStages = {
  readonly device: string
  readonly settings: Pick<AgentSettings, 'flushMs' | 'statusMs' | 'spoolMessagesMax'>
  readonly status: () => StatusRecord
  readonly collecting: Collecting
  /** The device's TLS key (PKCS#8, PEM): every report carries its signature. */
  readonly privateKey: string
  /** Null while there is no connection. */
  readonly publisher: () => ((message: string) => Promise<void>) | null
}

export class TelemetryLoop {
  private readonly ports: Ports
  private readonly stages: TelemetryStages
  private readonly sign: SignLine
  private sentUpTo = 0
  private unacked = 0
  /** Grows with every connection: acknowledgements of an earlier one no longer count. */
  private epoch = 0
  private lastStatus = ''
  private lastStatusAt = Number.NEGATIVE_INFINITY
  private lastProgressAt = 0
  dropped = 0

  constructor(ports: Ports, stages: TelemetryStages) {
    this.ports = ports
    this.stages = stages
    this.sign = createLineSigner(stages.privateKey)
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.ports.clock.sleep(ms(this.stages.settings.flushMs), signal)
      if (signal.aborted) return
      try {
        this.flush()
      } catch (cause) {
        this.ports.log.error({ cause }, 'telemetry could not be written; trying again')
      }
    }
  }

  /** One look: cut what is due, send what fits into the window. */
  flush(): void {
    this.cut()
    const isStuck = this.unacked === 0 && this.ports.clock.monotonic() - this.lastProgressAt > UNCONFIRMED_MS
    if (isStuck) this.restart()
    this.send()
  }

  /** A new connection: everything unconfirmed goes out again, beginning with a fresh status. */
  connected(): void {
    this.epoch++
    this.lastStatus = ''
    this.restart()
    this.flush()
  }

  confirmed(watermark: number): void {
    const { store } = this.ports
    const { outcome, dropped } = store.transaction('process', () => confirm(store, watermark))
    if (outcome === 'refused')
      return this.ports.log.warn(
        { watermark },
        'an acknowledgement far beyond every message is not the hub’s',
      )
    this.lastProgressAt = this.ports.clock.monotonic()
    this.dropped += dropped
    if (outcome === 'renumbered') {
      this.ports.log.warn(
        { watermark, dropped },
        'the hub is ahead of this state folder; messages that had not left were numbered again',
      )
      this.sentUpTo = watermark
    } else this.sentUpTo = Math.max(this.sentUpTo, watermark)
    return this.send()
  }

  spooled(): number {
    return countSpool(this.ports.store)
  }

  private restart(): void {
    this.sentUpTo = oldestSpooled(this.ports.store) - 1
    this.unacked = 0
    this.lastProgressAt = this.ports.clock.monotonic()
  }

  /** Moves everything that waits into the spool, in one commit that survives a power cut. */
  cut(force = false): void {
    const { store } = this.ports
    const isFlowing = this.stages.publisher() !== null && this.sentUpTo >= nextSequence(store) - 1
    const waiting = countAccumulators(store) + countEvents(store)
    const status = isFlowing ? this.dueStatus() : null
    // Readings wait in their ring while nothing flows: the spool is for what has no other place.
    const hasReadings = isFlowing && areReadingsDue(store, this.stages.collecting, force)
    const isDue =
      hasReadings ||
      (isFlowing || force ? waiting > 0 || status !== null : waiting >= RECORDS_WORTH_A_MESSAGE)
    if (!isDue) return
    this.dropped += store.transaction('power', () => {
      const readings = hasReadings ? takeReadings(store, this.stages.collecting) : []
      const sums = [...takeEvents(store), ...takeAccumulators(store)]
      const texts = [...sums, ...readings, ...(status === null ? [] : [status])]
      const dropped = spoolGroups(store, groupRecords(texts), this.stages.settings.spoolMessagesMax)
      if (dropped > 0) recordEvent(store, spoolFull(this.stages.settings.spoolMessagesMax))
      return dropped
    })
  }

  /** The status as JSON when it has changed or is old. */
  private dueStatus(): string | null {
    const record = this.stages.status()
    const fingerprint = JSON.stringify({ ...record, at: null, rssMb: 0, forecast: null })
    const now = this.ports.clock.monotonic()
    if (fingerprint === this.lastStatus && now - this.lastStatusAt < this.stages.settings.statusMs)
      return null
    this.lastStatus = fingerprint
    this.lastStatusAt = now
    return JSON.stringify(record)
  }

  private send(): void {
    const publish = this.stages.publisher()
    if (publish === null) return
    const { store, clock } = this.ports
    const oldest = oldestSpooled(store)
    const leaving = spooledAfter(store, this.sentUpTo, UNACKED_MAX - this.unacked)
    if (leaving.length > 0) markSent(store, leaving.at(-1)!.sequence)
    for (const { sequence, records } of leaving) {
      this.sentUpTo = sequence
      this.unacked++
      this.lastProgressAt = clock.monotonic()
      const message = encodeMessage({
        device: this.stages.device,
        sequence,
        oldest,
        sentAt: clock.now(),
        records,
      })
      // Signed as it leaves, not as it was cut: `oldest` has to be today's, and the spool keeps no signatures.
      void this.deliver(publish(this.sign(message)), this.epoch)
    }
  }

  private async deliver(published: Promise<void>, epoch: number): Promise<void> {
    try {
      await published
      if (epoch !== this.epoch) return
      this.unacked--
      this.send()
    } catch (cause) {
      this.ports.log.info({ cause: String(cause) }, 'a message was not acknowledged; it goes out again')
    }
  }
}

const spoolFull = (messagesMax: number) =>
  ({
    at: null,
    code: 'telemetry/spoolFull',
    severity: 'warning',
    message: `the spool holds ${messagesMax} messages; the oldest were dropped`,
  }) as const
