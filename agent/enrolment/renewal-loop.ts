/**
 * Keeps the device's certificate fresh: when it is old, and at once when the broker refuses it, since only the hub's clock
 * decides. The key stays; the hub knows it, so an expired certificate is no obstacle. What is new serves the next connection.
 */
import { RenewAnswer, type Enrolment, type RenewRequest } from '@fleetcast/shared/protocol/enrolment.ts'
import { minutes, ms, type DurationMs } from '@fleetcast/shared/units.ts'
import type { AgentPorts } from '../ports/agent-ports.ts'
import { createWake } from '../ports/wake.ts'
import { isOurs, validityOf } from './certificate.ts'
import { problemOf } from './hub-answer.ts'
import type { JoinPorts } from './join-hub.ts'
import { isRenewalDue } from './renewal-due.ts'

export type RenewalPorts = JoinPorts &
  Pick<AgentPorts, 'clock' | 'random' | 'log'> & {
    /** The pause after one attempt, from the pause before it. */
    readonly pauseAfter: (last: DurationMs) => DurationMs
  }

/** Stations that got their power back together do not ask together. */
const FIRST_LOOK_MAX = minutes(1)
const LOOK_EVERY = minutes(30)

type Outcome = 'renewed' | 'revoked' | 'failed'

export class RenewalLoop {
  private readonly ports: RenewalPorts
  private readonly enrolment: Enrolment
  private readonly refused = createWake()
  private renewedAt: DurationMs | null = null
  /** PEM; what the next connection shows. */
  certificate: string

  constructor(ports: RenewalPorts, enrolment: Enrolment) {
    this.ports = ports
    this.enrolment = enrolment
    this.certificate = enrolment.certificate
  }

  /** The broker has not let this device in. */
  readonly onRefused = (): void => this.refused.wake()

  async run(signal: AbortSignal): Promise<void> {
    let isRefused = await this.rest(ms(this.ports.random.next() * FIRST_LOOK_MAX), signal)
    let pause = ms(0)
    while (!signal.aborted) {
      if (isRefused || this.isDue()) {
        await this.renew()
        pause = this.ports.pauseAfter(pause)
        // Refusals meanwhile wait, so that a device that is never let in does not ask all the time.
        await this.ports.clock.sleep(pause, signal)
      } else pause = ms(0)
      isRefused = await this.rest(LOOK_EVERY, signal)
    }
  }

  /** True when it ended because of a refusal. */
  private async rest(duration: DurationMs, signal: AbortSignal): Promise<boolean> {
    const over = new AbortController()
    const either = AbortSignal.any([signal, over.signal])
    const isRefused = await Promise.race([
      this.refused.wait(either).then(() => true),
      this.ports.clock.sleep(duration, either).then(() => false),
    ])
    over.abort()
    return isRefused
  }

  private isDue(): boolean {
    const { clock } = this.ports
    const sinceRenewal = this.renewedAt === null ? null : ms(clock.monotonic() - this.renewedAt)
    return isRenewalDue({ validity: validityOf(this.certificate), now: clock.now(), sinceRenewal })
  }

  private async renew(): Promise<Outcome> {
    const { log, clock } = this.ports
    const { device } = this.enrolment
    try {
      const outcome = await this.ask()
      if (outcome === 'renewed') {
        this.renewedAt = clock.monotonic()
        const until = new Date(validityOf(this.certificate).notAfter).toISOString()
        log.info({ device, until }, 'the certificate was renewed')
      }
      if (outcome === 'revoked')
        log.error(
          { device },
          'this device was revoked: the hub does not let it in any more; forecasts are served locally all the same',
        )
      return outcome
    } catch (cause) {
      log.warn({ cause: String(cause) }, 'the certificate could not be renewed; this is tried again')
      return 'failed'
    }
  }

  private async ask(): Promise<Outcome> {
    const { http, keys, enrolmentFile } = this.ports
    const { device, privateKey, certificateAuthorities, hubUrl } = this.enrolment
    const request: RenewRequest = { device, csr: await keys.request(device, privateKey) }
    const url = new URL('/api/v1/renew', hubUrl).href
    const { status, body } = await http.postJson(url, request, certificateAuthorities)
    if (status !== 200) {
      const { code, detail } = problemOf(body)
      if (code === 'identity/revoked') return 'revoked'
      throw new Error(`${code}: ${detail}`)
    }
    const { certificate } = RenewAnswer.parse(body)
    if (!isOurs(certificate, { device, privateKey, certificateAuthorities }))
      throw new Error('the hub answered with the certificate of another key')
    const stored = (await enrolmentFile.read()) ?? this.enrolment
    await enrolmentFile.write({ ...stored, certificate })
    this.certificate = certificate
    return 'renewed'
  }
}
