import type { ComparisonResource } from '../../api/resources/study.ts'
import type { ComparedSlice, Comparison } from '../../runs/compare/comparison.ts'
import { count, eventTime, lossOrDash, percent, short } from '../format.ts'
import { ComparedChip } from './chip.tsx'
import { Facts } from './facts.tsx'
import { IntervalPlot, spanOf } from './interval-plot.tsx'

/** Stored comparisons of two versions, newest first. */
export function Comparisons({ comparisons }: { comparisons: readonly ComparisonResource[] }) {
  return (
    <>
      {comparisons.length === 0 ? (
        <section>
          <h2>Compare</h2>
          <p class="empty">
            Two versions on rows that neither was trained on: "fleetcast models compare A@2 A@1 --dataset
            DIGEST".
          </p>
        </section>
      ) : null}
      {comparisons.map(({ run, a, b, comparison }) => (
        <section key={run.id}>
          <p class="row">
            <h2>
              Compare {a} against {b}
            </h2>
            {comparison === null ? null : <ComparedChip verdict={comparison.overall.verdict} />}
          </p>
          {comparison === null ? (
            <p class={run.state === 'failed' ? 'bad' : 'quiet'}>
              {run.state}: {run.message}
            </p>
          ) : (
            <Compared comparison={comparison} />
          )}
        </section>
      ))}
    </>
  )
}

function Compared({ comparison }: { comparison: Comparison }) {
  const { rows, dataset, selection, from, until, target, a, b } = comparison
  const leftOut = rows.seenByA + rows.seenByB + rows.seenByBoth
  const slices = [comparison.overall, ...comparison.slices]
  const span = Math.max(...slices.map((slice) => spanOf(shown(slice))))
  const facts: readonly [string, string][] = [
    ['Rows that neither was trained on', count(rows.counted)],
    [
      'Left out: trained on by',
      leftOut === 0
        ? 'none'
        : `${a.name} ${count(rows.seenByA)}, ${b.name} ${count(rows.seenByB)}, both ${count(rows.seenByBoth)}`,
    ],
    ['From', eventTime(from)],
    ['Until', eventTime(until)],
    ['Dataset', `${short(dataset)}, ${selection}`],
  ]
  return (
    <>
      <Facts facts={facts} />
      <div class="scroll" tabIndex={0} role="region" aria-label={`${a.name} against ${b.name}`}>
        <table class="middle">
          <thead>
            <tr>
              <th>Rows</th>
              <th class="number">Days</th>
              <th class="number">
                {a.name}, {target.unit}
              </th>
              <th class="number">{b.name}</th>
              <th class="number">Persistence</th>
              <th class="number">Difference</th>
              <th>95 % interval</th>
              <th>Verdict</th>
            </tr>
          </thead>
          <tbody>
            {slices.map((slice) => (
              <Slice key={`${slice.kind} ${slice.name}`} slice={slice} span={span} />
            ))}
          </tbody>
        </table>
      </div>
      <p class="quiet">
        Blocks of ten days are drawn for the intervals; verdicts of stations, seasons and hours are corrected
        for how many there are (Holm).
      </p>
    </>
  )
}

const shown = ({ relativeDifference, interval }: ComparedSlice) => ({
  relativeDifference,
  lower: interval?.lower ?? relativeDifference,
  upper: interval?.upper ?? relativeDifference,
  margin: null,
})

function Slice({ slice, span }: { slice: ComparedSlice; span: number }) {
  const { kind, name, n, days, lossA, lossB, persistence, relativeDifference, interval, verdict } = slice
  return (
    <tr>
      <td title={`${count(n)} rows`}>{kind === 'overall' ? <strong>{name}</strong> : `${kind} ${name}`}</td>
      <td class="number">{count(days)}</td>
      <td class="number">{lossOrDash(lossA)}</td>
      <td class="number">{lossOrDash(lossB)}</td>
      <td class="number">{lossOrDash(persistence)}</td>
      <td class="number">{percent(relativeDifference)}</td>
      <td style={{ minWidth: '200px' }}>
        {interval === null ? (
          <span class="quiet">–</span>
        ) : (
          <IntervalPlot measurement={shown(slice)} span={span} />
        )}
      </td>
      <td>
        <ComparedChip verdict={verdict} />
      </td>
    </tr>
  )
}
