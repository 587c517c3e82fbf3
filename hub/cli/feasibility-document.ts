/** A feasibility report in words. */
import { shortDigest } from '@fleetcast/shared/ids.ts'
import type { FeasibilityReport, Resolution } from '../runs/check/feasibility-report.ts'
import type { Document, Part } from './document.ts'
import { day, decimals } from './text-table.ts'

const VERDICT: Record<FeasibilityReport['verdict'], string> = {
  feasible: 'feasible',
  doubtful: 'doubtful',
  notFeasible: 'not feasible',
}

export const feasibilityDocument = (report: FeasibilityReport): Document => ({
  title: `${report.recipe.name} (${report.recipe.title}): ${VERDICT[report.verdict]}`,
  parts: [
    subjectPart(report),
    findingPart(report),
    coveragePart(report),
    channelPart(report),
    qualityPart(report),
    scorePart(report),
    daysPart(report),
    resolutionPart(report),
    budgetPart(report),
  ],
})

const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`

const subjectPart = ({ recipe, target, classes, dataset, selection }: FeasibilityReport): Part => ({
  title: 'What was checked',
  lines: [
    `recipe ${shortDigest(recipe.digest)}: ${target.channel} in ${target.unit}, ${target.horizonMinutes / 60} h ahead`,
    ...(classes === null
      ? []
      : [
          `classes: ${classes.map(({ name, share }) => `${name} ${percent(share)}`).join(', ')} of the samples`,
        ]),
    `dataset ${shortDigest(dataset)}: ${selection}`,
  ],
})

function findingPart({ findings }: FeasibilityReport): Part {
  if (findings.length === 0) return { title: 'Findings', lines: ['nothing speaks against training'] }
  return {
    title: 'Findings',
    lines: findings.map(
      ({ code, severity, place, message, action }) =>
        `${severity} ${code}${place === '' ? '' : ` (${place})`}: ${message}. To do: ${action}.`,
    ),
  }
}

const coveragePart = ({ stations, rows }: FeasibilityReport): Part => ({
  title: 'Stations',
  table: {
    head: ['STATION', 'FROM', 'UNTIL', 'INTERVALS', 'PRESENT', 'LABELLED', 'SAMPLES'],
    rows: stations.map((station) => [
      station.station,
      day(station.from),
      day(station.until),
      station.intervals,
      percent(station.present),
      percent(station.labelled),
      station.samples,
    ]),
  },
  lines: [
    `samples: ${rows.training} for training, ${rows.validation} for validation, ${rows.test} for the test, ${rows.embargo} in the embargo between them`,
  ],
})

const channelPart = ({ stations }: FeasibilityReport): Part => ({
  title: 'Channels',
  table: {
    head: ['STATION', 'CHANNEL', 'VALID', 'LARGEST GAP'],
    rows: stations.flatMap(({ station, channels }) =>
      channels.map(({ channel, valid, largestGapSteps }) => [
        station,
        channel,
        percent(valid),
        `${largestGapSteps} intervals`,
      ]),
    ),
  },
  lines: [],
})

function qualityPart({ quality }: FeasibilityReport): Part {
  if (quality.length === 0) return { title: 'Quality', lines: ['the import found nothing wrong'] }
  return {
    title: 'Quality',
    table: {
      head: ['FINDING', 'WHERE', 'COUNT', 'FOR EXAMPLE'],
      rows: quality.map(({ code, station, channel, count, examples }) => [
        code,
        channel === null ? station : `${station} / ${channel}`,
        count,
        examples[0] ?? '',
      ]),
    },
    lines: ['as the import found it in the whole dataset'],
  }
}

function scorePart({ scores, target }: FeasibilityReport): Part {
  const title = 'Scores on validation rows'
  if (scores === null) return { title, lines: ['none: there are too few samples'] }
  return {
    title,
    table: {
      head: ['FORECAST', `mean error, ${target.score}`],
      rows: scores.map(({ name, loss }) => [name, decimals(loss, 3)]),
    },
    lines: ['test rows were counted and not looked at'],
  }
}

function daysPart({ independence }: FeasibilityReport): Part {
  const title = 'Independent days'
  if (independence === null) return { title, lines: ['unknown: there are too few samples'] }
  const { days, lag1, positiveSequence, neweyWest, effectiveDays, testDays, effectiveTestDays } = independence
  return {
    title,
    lines: [
      `daily errors of persistence on ${days} training and validation days: correlation of neighbouring days ${lag1.toFixed(2)}`,
      `integrated autocorrelation time ${positiveSequence.toFixed(1)} days (initial positive sequence), ${neweyWest.toFixed(1)} days (Newey-West, 3 lags)`,
      `the level of an error: ${days} days are worth ${effectiveDays.toFixed(0)} independent ones, the ${testDays} test days ${effectiveTestDays.toFixed(0)}`,
    ],
  }
}

function resolutionPart({ resolution, fleet, independence }: FeasibilityReport): Part {
  const title = 'What can be told apart'
  if (resolution.length === 0) return { title, lines: ['unknown: there are too few days'] }
  const devices = `${fleet.devices} ${fleet.devices === 1 ? 'station' : 'stations'}${fleet.isAssumed ? ' (assumed: none is enrolled yet)' : ''}`
  return {
    title,
    table: {
      head: ['MODELS', 'COMPARED', 'DAYS', 'INDEPENDENT', 'SMALLEST DIFFERENCE', 'LIVE DAYS'],
      rows: resolution.map((one) => [
        one.pair,
        `${one.first} and ${one.second}`,
        one.days,
        Math.round(one.effectiveDays),
        one.smallestDifference === null ? null : percent(one.smallestDifference),
        one.liveDays,
      ]),
    },
    lines: [
      `smallest difference: what ${independence?.testDays ?? 0} test days find with 80 % power, two-sided at 5 %`,
      `live days: of a fleet of ${devices}, with 80 % probability, to hold the margin of the recipe's rollout`,
      ...resolution.map(marginText),
    ],
  }
}

function marginText({ pair, margin, expected, liveDays }: Resolution): string {
  const against = pair === 'similar' ? 'a champion that is as good' : 'persistence'
  const truth =
    pair === 'similar' ? '' : `, when the model is ${percent(-expected)} better as the linear one is here`
  const needs = liveDays === null ? 'more than ten years' : `${liveDays} days`
  return `margin of ${percent(margin, 0)} to ${against}${truth}: ${needs}`
}

function budgetPart({ budget }: FeasibilityReport): Part {
  const title = 'Time'
  if (budget === null) return { title, lines: ['unknown: nothing could be fitted'] }
  return {
    title,
    table: {
      head: ['ALGORITHM', 'CPU SECONDS, ABOUT'],
      rows: budget.algorithms.map(({ algorithm, cpuSeconds }) => [algorithm, decimals(cpuSeconds, 1)]),
    },
    lines: [`a training run takes about ${Math.ceil(budget.total)} CPU seconds on the hub's machine`],
  }
}
