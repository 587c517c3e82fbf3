/** What an operator may order of a rollout. Each command is a rule: the document in, the new document or a refusal out. */
import { shortDigest } from '@fleetcast/shared/ids.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import { closeStages, withStage, withState } from './change-rollout.ts'
import type { Rollout, RolloutState, Stage } from './rollout.ts'

export type RolloutOperation = 'pause' | 'resume' | 'abort' | 'rollback'

export type CommandInput = {
  readonly rollout: Rollout
  /** The operator's own words. */
  readonly reason: string
  readonly now: EpochMs
}

export type CommandCode =
  | 'rollout/notRunning'
  | 'rollout/notPaused'
  | 'rollout/isOver'
  | 'rollout/isRollingBack'
type Commanded = Result<Rollout, Refusal<CommandCode>>

/** Nothing new is exposed, orders stay as they are, evidence goes on arriving. */
export function pauseRollout({ rollout, reason, now }: CommandInput): Commanded {
  if (!isIn(rollout, ['running', 'soaking']))
    return refuse('rollout/notRunning', `only a running rollout can be paused; this one is ${rollout.state}`)
  return changed(withState(rollout, 'paused', `paused by an operator: ${reason}`), now)
}

/** Goes on; an undecided stage gathers again for up to as many days as the policy gave it at first. */
export function resumeRollout({ rollout, reason, now }: CommandInput): Commanded {
  if (rollout.state !== 'paused')
    return refuse('rollout/notPaused', `only a paused rollout can be resumed; this one is ${rollout.state}`)
  const running = withState(rollout, 'running', `resumed by an operator: ${reason}`)
  const index = rollout.stages.findIndex((stage) => stage.state === 'inconclusive')
  return changed(index < 0 ? running : reopened(running, index), now)
}

/** Ends it: passed stages keep the version, everybody else goes back to what served before. */
export function abortRollout({ rollout, reason, now }: CommandInput): Commanded {
  if (!isIn(rollout, ['running', 'soaking', 'paused']))
    return refuse('rollout/isOver', `only an open rollout can be aborted; this one is ${rollout.state}`)
  const why = `aborted by an operator: ${reason}`
  return changed(withState(closeStages(rollout, why, now), 'aborted', why), now)
}

/**
 * Takes the version off every device again, without a download: each still holds what it served before. The caller
 * offers it only for the newest rollout of a recipe, since `previous` knows nothing of later ones.
 */
export function rollbackRollout({ rollout, reason, now }: CommandInput): Commanded {
  if (isIn(rollout, ['rollingBack', 'rolledBack']))
    return refuse(
      'rollout/isRollingBack',
      `this rollout is ${rollout.state} already; there is nothing to order`,
    )
  const why = `rolled back by an operator: ${reason}`
  return changed(withState(closeStages(rollout, why, now), 'rollingBack', why), now)
}

const COMMANDS: Readonly<Record<RolloutOperation, (input: CommandInput) => Commanded>> = {
  pause: pauseRollout,
  resume: resumeRollout,
  abort: abortRollout,
  rollback: rollbackRollout,
}

/** Runs the named command. */
export const commandRollout = (operation: RolloutOperation, input: CommandInput): Commanded =>
  COMMANDS[operation](input)

/** Makes room for a newer rollout of the same recipe: ends a paused one, leaves ended ones, refuses one that still moves. */
export function supersede(
  rollout: Rollout,
  { by, now }: { by: Pick<Rollout, 'id' | 'version' | 'digest'>; now: EpochMs },
): Result<Rollout, Refusal<'rollout/stillRuns'>> {
  if (isIn(rollout, ['completed', 'aborted', 'rolledBack'])) return ok(rollout)
  if (rollout.state !== 'paused')
    return refuse(
      'rollout/stillRuns',
      `rollout ${rollout.id} of the same recipe is ${rollout.state}; wait for it, or pause or abort it first`,
    )
  const why = `superseded by rollout ${by.id} of version ${by.version} (${shortDigest(by.digest)})`
  return ok({ ...withState(closeStages(rollout, why, now), 'aborted', why), updatedAt: now })
}

function reopened(rollout: Rollout, index: number): Rollout {
  const stage = rollout.stages[index]!
  const { policy, memory } = rollout
  const daysAllowed = { ...memory.daysAllowed, [stage.name]: daysSeen(stage) + policy.daysMax }
  return withStage({ ...rollout, memory: { ...memory, daysAllowed } }, index, {
    state: 'gathering',
    verdict: null,
    decidedAt: null,
  })
}

const daysSeen = (stage: Stage): number => Math.max(0, ...stage.measurements.map(({ days }) => days))

const isIn = (rollout: Rollout, states: readonly RolloutState[]): boolean => states.includes(rollout.state)

const changed = (rollout: Rollout, now: EpochMs): Commanded => ok({ ...rollout, updatedAt: now })
