/** The ML Test Score of a recipe: the sum of each section, the least of them, and every test with what shows it. */
import { useEffect, useState } from 'preact/hooks'
import type { ScoreResource } from '../../api/resources/score.ts'
import { ask } from '../ask.ts'
import { Chip, type Tone } from './chip.tsx'
import { Confirm, type Confirmed } from './confirm.tsx'
import { Facts } from './facts.tsx'
import { RoleButton, RoleNote } from './role-button.tsx'

type Ask = (what: Confirmed) => void
type Scored = ScoreResource['tests'][number]

const pathOf = (recipe: string): string => `/api/v1/recipes/${encodeURIComponent(recipe)}/score`

/** `stamp`: it is read again when this changes. */
export function MlScore({ recipe, stamp }: { recipe: string; stamp: string }) {
  const [score, setScore] = useState<ScoreResource | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [confirmed, setConfirmed] = useState<Confirmed | null>(null)
  const [changes, setChanges] = useState(0)
  useEffect(() => {
    let isWanted = true
    void ask<ScoreResource>(pathOf(recipe)).then((outcome) => {
      if (!isWanted) return
      setProblem(outcome.ok ? null : outcome.problem)
      if (outcome.ok) setScore(outcome.value)
    })
    return () => {
      isWanted = false
    }
  }, [recipe, stamp, changes])
  if (problem !== null) return <p class="bad">{problem}</p>
  if (score === null) return <p class="loading">Asking the hub ...</p>
  const onAsk: Ask = (what) => setConfirmed({ ...what, onDone: () => setChanges(changes + 1) })
  return (
    <>
      <h3>ML Test Score</h3>
      <p class="row">
        <strong>{score.score} of 7</strong>
        <span class="quiet">
          {score.meaning}; the least of the four sums
          {score.version === null ? '' : `, of ${score.version}`}
        </span>
      </p>
      <Facts facts={score.sections.map(sectionFact)} />
      <details>
        <summary>The 28 tests, and what would raise the score</summary>
        <Tests score={score} onAsk={onAsk} />
      </details>
      {confirmed === null ? null : <Confirm what={confirmed} onClose={() => setConfirmed(null)} />}
    </>
  )
}

const sectionFact = ({
  title,
  points,
  isLowest,
}: ScoreResource['sections'][number]): readonly [string, string] => [
  title,
  `${points} of 7${isLowest ? ' ← the score' : ''}`,
]

function Tests({ score, onAsk }: { score: ScoreResource; onAsk: Ask }) {
  return (
    <>
      <RoleNote role="releaser" />
      {score.sections.map(({ section, title, isLowest }) => (
        <div class="scroll" key={section} tabIndex={0} role="region" aria-label={`Tests of ${title}`}>
          <table>
            <thead>
              <tr>
                <th>{isLowest ? `${title}: raise this` : title}</th>
                <th>Points</th>
                <th>Evidence</th>
                <th>For more points</th>
                <th />
              </tr>
            </thead>
            <tbody>
              {score.tests
                .filter((test) => test.section === section)
                .map((test) => (
                  <TestRow key={test.id} test={test} recipe={score.recipe} onAsk={onAsk} />
                ))}
            </tbody>
          </table>
        </div>
      ))}
    </>
  )
}

const BASES: Record<Scored['basis'], { readonly tone: Tone; readonly sign: string }> = {
  automated: { tone: 'good', sign: '✓' },
  manual: { tone: 'accent', sign: '◐' },
  none: { tone: 'plain', sign: '○' },
}

function TestRow({ test, recipe, onAsk }: { test: Scored; recipe: string; onAsk: Ask }) {
  const { id, title, points, basis, evidence, earn } = test
  return (
    <tr>
      <td class="wrap">
        {title} <span class="quiet">{id}</span>
      </td>
      <td>
        <Chip tone={BASES[basis].tone}>
          {BASES[basis].sign} {points} {basis}
        </Chip>
      </td>
      <td class="wrap">{evidence}</td>
      <td class="wrap">{earn ?? ''}</td>
      <td>{basis === 'automated' ? null : <Vouch test={test} recipe={recipe} onAsk={onAsk} />}</td>
    </tr>
  )
}

function Vouch({ test, recipe, onAsk }: { test: Scored; recipe: string; onAsk: Ask }) {
  const isAttested = test.basis === 'manual'
  const change = isAttested ? 'withdraw' : 'attest'
  const click = (): void =>
    onAsk({
      title: isAttested ? `Withdraw ${test.id}` : `Vouch for ${test.id}`,
      explanation: isAttested
        ? `Nobody vouches for it any more; what was said stays in the records: ${test.evidence}`
        : `${test.title}. Half a point, with your name, until it is withdrawn.`,
      path: `${pathOf(recipe)}/attestations`,
      needsReason: true,
      body: { test: test.id, change },
    })
  return (
    <RoleButton role="releaser" onClick={click}>
      {isAttested ? 'Withdraw' : 'Vouch'}
    </RoleButton>
  )
}
