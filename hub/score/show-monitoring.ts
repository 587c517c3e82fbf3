/** What shows the tests of monitoring. */
import { MONITORING_DEFAULT } from '@fleetcast/shared/recipe/recipe.ts'
import { passedGate } from './gate-proof.ts'
import type { ScoreEvidence } from './score-evidence.ts'

export const MONITOR_PROOFS = {
  monitor1: noticesChanges,
  monitor2: keepsPromises,
  monitor3: computesTheSame,
  monitor4: noticesAge,
  monitor5: ({ version }: ScoreEvidence): string | null => passedGate(version, 'fuzz'),
  monitor6: isStillSmall,
  monitor7: isStillGood,
}

function noticesChanges({ reproductions }: ScoreEvidence): string | null {
  const newest = reproductions.find(({ isOfNewest }) => isOfNewest)
  if (newest === undefined) return null
  const changed = newest.changed.length === 0 ? 'nothing' : newest.changed.join(', ')
  return `run ${newest.run} compared code and surroundings with those of ${newest.of}: ${changed} had changed`
}

function keepsPromises({ version, stations }: ScoreEvidence): string | null {
  const gate = passedGate(version, 'data')
  const serving = stations.filter(({ isServing }) => isServing)
  if (gate === null || serving.length === 0 || serving.some(({ profileDays }) => profileDays === 0))
    return null
  const days = Math.min(...serving.map(({ profileDays }) => profileDays))
  return `${gate}; ${serving.length} stations that serve count what is missing and refused, ${days} days or more`
}

function computesTheSame({ version, stations }: ScoreEvidence): string | null {
  const gate = passedGate(version, 'parity')
  const installed = stations.filter(({ hasInstalled }) => hasInstalled).length
  return gate === null || installed === 0
    ? null
    : `${gate}; ${installed} stations installed it after its golden self test`
}

function noticesAge({ recipe: { name, retraining } }: ScoreEvidence): string | null {
  const triggers = Object.entries(retraining ?? {}).filter(([, limit]) => limit !== undefined)
  return triggers.length === 0
    ? null
    : `${name} falls due for training by any of ${triggers.map(([trigger, limit]) => `${trigger} ${limit}`).join(', ')}`
}

function isStillSmall({ version, stations }: ScoreEvidence): string | null {
  const [latency, size] = [passedGate(version, 'latency'), passedGate(version, 'size')]
  const memory = stations.flatMap(({ isServing, rssMb }) => (isServing && rssMb !== null ? [rssMb] : []))
  return latency === null || size === null || memory.length === 0
    ? null
    : `${latency}; ${size}; ${memory.length} serving stations report ${Math.max(...memory).toFixed(0)} MB at most`
}

function isStillGood({ recipe, version, stations }: ScoreEvidence): string | null {
  if (version === null || !version.isServing) return null
  const { verifiedForecastsMin, days } = recipe.monitoring ?? MONITORING_DEFAULT
  const lives = stations.flatMap(({ isServing, live }) => (isServing && live !== null ? [live] : []))
  const sum = (field: 'n' | 'sumAbs' | 'sumAbsReference'): number =>
    lives.reduce((total, live) => total + live[field], 0)
  const n = sum('n')
  if (n < verifiedForecastsMin || sum('sumAbs') >= sum('sumAbsReference')) return null
  const skill = 1 - sum('sumAbs') / sum('sumAbsReference')
  return `${version.name}: skill ${skill.toFixed(3)} against persistence over ${n} live forecasts of the last ${days} days`
}
