/** What shows the tests of the infrastructure. Following one forecast step by step is for people. */
import type { Rollout } from '../rollouts/rollout.ts'
import type { ScoreEvidence } from './score-evidence.ts'

export const INFRA_PROOFS = {
  infra1: isReproducible,
  infra2: isChecked,
  infra3: isIntegrated,
  infra4: isValidated,
  infra6: wasCanaried,
  infra7: wasRolledBack,
}

/** The newest with this code decides: an older success does not outweigh a later failure. */
function isReproducible({ reproductions }: ScoreEvidence): string | null {
  const newest = reproductions.find(({ isNewestCode }) => isNewestCode)
  return newest === undefined || newest.verdict === 'different'
    ? null
    : `run ${newest.run} trained ${newest.of} again: ${newest.verdict === 'identical' ? 'identical' : 'within tolerance'}`
}

function isChecked({ checks, recipeDigest }: ScoreEvidence): string | null {
  const newest = checks.find(({ report }) => report.recipe.digest === recipeDigest)
  return newest === undefined || newest.report.verdict === 'notFeasible'
    ? null
    : `check ${newest.run} on dataset ${newest.report.dataset.slice(0, 12)}: ${newest.report.verdict}, ${newest.report.findings.length} findings`
}

function isIntegrated({ version, stations }: ScoreEvidence): string | null {
  const installed = stations.filter(({ hasInstalled }) => hasInstalled)
  return version?.run == null || installed.length === 0
    ? null
    : `run ${version.run} made ${version.name}, and ${installed.length} stations have installed it, ${installed[0]!.device} among them`
}

function isValidated({ version }: ScoreEvidence): string | null {
  if (version?.gates == null || !version.isServing || version.blocking.length > 0) return null
  const passed = version.gates.gates.filter(({ verdict }) => verdict === 'pass').length
  return version.gates.passed
    ? `${version.name} serves and passed its gates (${passed} measures)`
    : `${version.name} serves, and two people have overridden the gates it failed`
}

const DECIDED: readonly string[] = ['promoting', 'passed', 'failed', 'inconclusive']

function wasCanaried({ rollouts }: ScoreEvidence): string | null {
  const staged = rollouts.find(({ stages }) => stages.length > 1 && DECIDED.includes(stages[0]!.state))
  return staged === undefined ? null : `rollout ${staged.id}: ${stagesText(staged)}`
}

const stagesText = ({ stages }: Rollout): string =>
  stages.map(({ name, state, devices }) => `${name} ${state} (${devices.length} stations)`).join(', ')

function wasRolledBack({ rollouts, aliasHistory }: ScoreEvidence): string | null {
  const back = rollouts.find(({ state }) => state === 'rolledBack')
  if (back !== undefined) return `rollout ${back.id} was rolled back: ${back.reason}`
  const restored = aliasHistory.find(({ isRestore }) => isRestore)
  return restored === undefined
    ? null
    : `alias ${restored.name} was restored by ${restored.by} (revision ${restored.revision}): ${restored.reason}`
}
