/**
 * The way of one bundle onto the device. Pure: no clock, no disk, no network.
 *
 *   idle -> downloading -> verifying -> selfTesting -> installed | rejected
 *
 * I1: `installed` is entered only from selfTesting, by selfTestPassed.
 * I2: a newer wish preempts every state; `attempt` never exceeds the limit it was started with.
 * I3: `rejected` always carries a code. A rejected bundle is tried again only when a newer order names it.
 */
import type { BundleDigest } from '@fleetcast/shared/ids.ts'
import { assertNever } from '@fleetcast/shared/assert.ts'

export type InstallState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'downloading'; readonly target: BundleDigest; readonly attempt: number }
  | { readonly kind: 'verifying'; readonly target: BundleDigest; readonly attempt: number }
  | { readonly kind: 'selfTesting'; readonly target: BundleDigest }
  | { readonly kind: 'installed'; readonly target: BundleDigest }
  | {
      readonly kind: 'rejected'
      readonly target: BundleDigest
      readonly code: string
      readonly message: string
    }

type Because = { readonly code: string; readonly message: string }

export type InstallEvent =
  /** The next bundle to install, or null when nothing is left to do. */
  | { readonly kind: 'wanted'; readonly target: BundleDigest | null }
  | { readonly kind: 'downloaded' }
  /** No answer or no connection: waiting costs nothing, so it is not counted. */
  | { readonly kind: 'stalled' }
  | ({ readonly kind: 'downloadFailed'; readonly attemptsMax: number } & Because)
  | { readonly kind: 'verified' }
  /** A file on disk is not what it was: fetched again. */
  | ({ readonly kind: 'corrupted'; readonly attemptsMax: number } & Because)
  | ({ readonly kind: 'refused' } & Because)
  | { readonly kind: 'selfTestPassed' }

export type InstallEffect =
  | { readonly kind: 'download'; readonly target: BundleDigest; readonly attempt: number }
  | { readonly kind: 'verify'; readonly target: BundleDigest }
  | { readonly kind: 'selfTest'; readonly target: BundleDigest }
  | { readonly kind: 'report'; readonly target: BundleDigest; readonly outcome: 'installed' | 'rejected' }

export type InstallStep = { readonly state: InstallState; readonly effects: readonly InstallEffect[] }
type In<K extends InstallState['kind']> = Extract<InstallState, { kind: K }>

export function stepInstall(state: InstallState, event: InstallEvent): InstallStep {
  if (event.kind === 'wanted') return onWanted(state, event.target)
  switch (state.kind) {
    case 'downloading':
      return fromDownloading(state, event)
    case 'verifying':
      return fromVerifying(state, event)
    case 'selfTesting':
      return fromSelfTesting(state, event)
    case 'idle':
    case 'installed':
    case 'rejected':
      return stay(state)
    default:
      return assertNever(state)
  }
}

/** What a state asks for: run on entering it, and again after a restart (every effect is idempotent). */
export function effectsOf(state: InstallState): readonly InstallEffect[] {
  switch (state.kind) {
    case 'idle':
      return []
    case 'downloading':
      return [{ kind: 'download', target: state.target, attempt: state.attempt }]
    case 'verifying':
      return [{ kind: 'verify', target: state.target }]
    case 'selfTesting':
      return [{ kind: 'selfTest', target: state.target }]
    case 'installed':
    case 'rejected':
      return [{ kind: 'report', target: state.target, outcome: state.kind }]
    default:
      return assertNever(state)
  }
}

const stay = (state: InstallState): InstallStep => ({ state, effects: [] })
const enter = (state: InstallState): InstallStep => ({ state, effects: effectsOf(state) })

function onWanted(state: InstallState, target: BundleDigest | null): InstallStep {
  if (target === null) return state.kind === 'idle' ? stay(state) : enter({ kind: 'idle' })
  const isUnderWay =
    state.kind === 'downloading' || state.kind === 'verifying' || state.kind === 'selfTesting'
  if (isUnderWay && state.target === target) return stay(state)
  return enter({ kind: 'downloading', target, attempt: 1 })
}

function fromDownloading(state: In<'downloading'>, event: InstallEvent): InstallStep {
  const { target, attempt } = state
  if (event.kind === 'downloaded') return enter({ kind: 'verifying', target, attempt })
  if (event.kind === 'stalled') return enter(state)
  if (event.kind === 'downloadFailed') return again(state, event)
  return event.kind === 'refused' ? reject(target, event) : stay(state)
}

function fromVerifying(state: In<'verifying'>, event: InstallEvent): InstallStep {
  const { target } = state
  if (event.kind === 'verified') return enter({ kind: 'selfTesting', target })
  if (event.kind === 'corrupted') return again(state, event)
  return event.kind === 'refused' ? reject(target, event) : stay(state)
}

function fromSelfTesting(state: In<'selfTesting'>, event: InstallEvent): InstallStep {
  if (event.kind === 'selfTestPassed') return enter({ kind: 'installed', target: state.target })
  return event.kind === 'refused' ? reject(state.target, event) : stay(state)
}

function again(
  { target, attempt }: In<'downloading'> | In<'verifying'>,
  because: Because & { readonly attemptsMax: number },
): InstallStep {
  if (attempt >= because.attemptsMax) return reject(target, because)
  return enter({ kind: 'downloading', target, attempt: attempt + 1 })
}

const reject = (target: BundleDigest, { code, message }: Because): InstallStep =>
  enter({ kind: 'rejected', target, code, message })
