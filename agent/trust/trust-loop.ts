/**
 * Asks the two repositories what to run: at every connection, when a hint names another order than the one in force, and
 * from time to time without any hint. One check at a time; what comes meanwhile causes one more, whatever came how often.
 */
import type { BundleDigest } from '@fleetcast/shared/ids.ts'
import type { Enrolment } from '@fleetcast/shared/protocol/enrolment.ts'
import { WantHint } from '@fleetcast/shared/protocol/desired.ts'
import type { Refusal, Result } from '@fleetcast/shared/result.ts'
import type { Order } from '@fleetcast/shared/trust/device-trust.ts'
import { ms, type DurationMs, type EpochMs } from '@fleetcast/shared/units.ts'
import type { AgentSettings } from '../config/agent-settings.ts'
import type { AgentPorts } from '../ports/agent-ports.ts'
import { createWake } from '../ports/wake.ts'
import { parseJson } from '../update/read-bundle.ts'
import { nextDelay } from '../update/retry-delay.ts'
import { checkTrust, type TrustCheck } from './check-trust.ts'
import { isDemoTrust } from './demo-trust.ts'
import type { MetadataChannel } from './metadata-source.ts'
import { recordRevocations } from './record-revocations.ts'
import { RefusalLog } from './refusal-log.ts'

type Ports = Pick<AgentPorts, 'clock' | 'store' | 'metadata' | 'log' | 'random'>

export type TrustStages = {
  readonly enrolment: Enrolment
  readonly settings: AgentSettings
  readonly channel: MetadataChannel
  readonly isConnected: () => boolean
  /** Generation of the order in force. */
  readonly generation: () => number
  readonly serving: () => BundleDigest | null
  /** Event time of the newest reading. */
  readonly at: () => EpochMs | null
  /** Puts a verified order in force; true when it is a newer one. */
  readonly receive: (order: Order) => Result<boolean, Refusal>
  /** The director has other keys. */
  readonly restartCounting: () => void
  /** The order or what may be run has changed. */
  readonly onChange: () => void
}

export class TrustLoop {
  private readonly ports: Ports
  private readonly stages: TrustStages
  private readonly woken = createWake()
  private readonly refusals: RefusalLog
  private requestNumber: number
  private retryMs = 0
  isDemo = false
  /** Checks since the start, and those that the transport did not let end. */
  readonly counts = { checks: 0, failed: 0 }

  constructor(ports: Ports, stages: TrustStages) {
    this.ports = ports
    this.stages = stages
    this.refusals = new RefusalLog(ports)
    // An answer to a request of an earlier life of this process fits none of this one's.
    this.requestNumber = ports.random.integer(2 ** 32)
  }

  connected(): void {
    this.woken.wake()
  }

  /** Level-triggered and without authority: it only says when to look. */
  hint(payload: Uint8Array): void {
    const hint = parseJson(payload, WantHint)
    if (!hint.ok) this.refusals.count('desired/badHint')
    else if (hint.value.generation !== this.stages.generation()) this.woken.wake()
  }

  refused(): number {
    return this.refusals.total()
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.ports
    const { trustCheckMs, trustPauseMs } = this.stages.settings
    const jittered = (duration: number): DurationMs => ms(duration * (0.9 + 0.2 * random.next()))
    await this.lookForDemo().catch((cause: unknown) =>
      this.ports.log.error({ cause }, 'the stored root cannot be read'),
    )
    while (!signal.aborted) {
      await this.wakeOr(this.retryMs > 0 ? ms(this.retryMs) : jittered(trustCheckMs), signal)
      // The next connection wakes this loop.
      if (signal.aborted || !this.stages.isConnected()) continue
      await this.check(signal)
      await clock.sleep(jittered(trustPauseMs), signal)
    }
  }

  private async wakeOr(patience: DurationMs, signal: AbortSignal): Promise<void> {
    const timer = new AbortController()
    void this.ports.clock.sleep(patience, timer.signal).then(() => timer.abort())
    await this.woken.wait(AbortSignal.any([signal, timer.signal]))
    timer.abort()
  }

  private async check(signal: AbortSignal): Promise<void> {
    const { clock, random, log } = this.ports
    const { settings } = this.stages
    const deadline = new AbortController()
    void clock.sleep(ms(settings.trustDeadlineMs), deadline.signal).then(() => deadline.abort())
    this.counts.checks++
    try {
      const nextNumber = (): number => (this.requestNumber = (this.requestNumber + 1) >>> 0)
      const ports = { ...this.ports, channel: this.stages.channel, nextNumber }
      const isFollowed = this.follow(
        await checkTrust(ports, this.stages, AbortSignal.any([signal, deadline.signal])),
      )
      if (isFollowed) this.retryMs = 0
      await this.lookForDemo()
      if (isFollowed) return
    } catch (cause) {
      if (signal.aborted) return
      this.counts.failed++
      log.warn({ cause }, 'the repositories could not be asked; trying again')
    } finally {
      deadline.abort()
    }
    const { retryMinMs: least, trustRetryMaxMs } = settings
    this.retryMs = nextDelay(random, this.retryMs, { least, most: Math.max(least, trustRetryMaxMs) })
  }

  /** True when the check ended with an order; what is revoked counts also when the order is refused. */
  private follow({ order, revocations }: TrustCheck): boolean {
    const { at, serving, receive, onChange } = this.stages
    const isNewlyRevoked = recordRevocations(this.ports, revocations, { serving: serving(), at: at() })
    const received: Result<boolean, Refusal> = order.ok ? receive(order.value) : order
    if (received.ok) this.refusals.clear()
    else this.refusals.add(received.error, at())
    if (isNewlyRevoked || (received.ok && received.value)) onChange()
    return received.ok
  }

  private async lookForDemo(): Promise<void> {
    const wasDemo = this.isDemo
    this.isDemo = await isDemoTrust(this.ports, this.stages.enrolment)
    if (this.isDemo && !wasDemo)
      this.ports.log.warn(
        { demoTrust: true },
        'this station trusts demonstration keys, which all lie on the hub; enrol it anew before it matters',
      )
  }
}
