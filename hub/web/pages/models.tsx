import { scoreUnit } from '@fleetcast/shared/recipe/metric.ts'
import { useState } from 'preact/hooks'
import type { ModelResource } from '../../api/resources/model.ts'
import type { Overview } from '../../api/resources/overview.ts'
import type { ComparisonResource } from '../../api/resources/study.ts'
import { fileFacts } from '../../runs/file-facts.ts'
import { bytes, count, decimals, lossOrDash, relative, short } from '../format.ts'
import { Chip, ReleaseChip } from '../parts/chip.tsx'
import { Comparisons } from '../parts/comparisons.tsx'
import { Facts } from '../parts/facts.tsx'
import { Gates, GatesChip } from '../parts/gates.tsx'
import { RoleButton, RoleNote } from '../parts/role-button.tsx'
import { Confirm, type Confirmed } from '../parts/confirm.tsx'
import { Registry } from '../parts/registry.tsx'

export function ModelsPage({
  seen,
  comparisons,
}: {
  seen: Overview
  comparisons: readonly ComparisonResource[]
}) {
  const [confirmed, setConfirmed] = useState<Confirmed | null>(null)
  const start = (model: ModelResource): void =>
    setConfirmed({
      title: `Roll out version ${model.version}`,
      explanation:
        'It goes out in the stages of its recipe; each opens only on evidence. Nothing is served by it before its stage has passed.',
      path: '/api/v1/rollouts',
      needsReason: false,
      body: { recipe: model.recipe, version: model.version },
    })
  return (
    <>
      {seen.models.length === 0 ? (
        <section>
          <h2>Models</h2>
          <p class="empty">No version is registered yet; a finished training run appears here.</p>
        </section>
      ) : null}
      <Registry
        recipes={[...new Set(seen.models.map(({ recipe }) => recipe))].toSorted()}
        newestEvent={seen.events[0]?.id ?? 0}
      >
        {[...seen.models].reverse().map((model) => (
          <Model key={model.digest} model={model} onStart={() => start(model)} onAsk={setConfirmed} />
        ))}
      </Registry>
      {seen.models.length === 0 ? null : <Comparisons comparisons={comparisons} />}
      {confirmed === null ? null : <Confirm what={confirmed} onClose={() => setConfirmed(null)} />}
    </>
  )
}

type ModelProps = {
  readonly model: ModelResource
  readonly onStart: () => void
  readonly onAsk: (what: Confirmed) => void
}

function Model({ model, onStart, onAsk }: ModelProps) {
  const isBlocked = (model.gates?.blocking.length ?? 0) > 0
  const facts: readonly [string, string][] = [
    ['Algorithm', model.algorithm],
    ['Trained on', `${model.trainedOn} (${count(model.rows)} rows)`],
    ['Dataset', short(model.dataset)],
    ['Run key', short(model.runKey)],
    ['Seed', String(model.seed)],
    ['Bundle', `${short(model.digest)}, ${bytes(model.bundleBytes)}`],
    ['ONNX file', bytes(model.onnxBytes)],
    ...(model.accuracy === null
      ? []
      : [
          [
            'Likeliest class right',
            `${decimals(100 * model.accuracy.model, 1)} %, persistence ${decimals(100 * model.accuracy.persistence, 1)} %`,
          ] satisfies [string, string],
        ]),
    ['Served by', model.serving.join(', ') || 'nobody'],
    ['Candidate at', model.candidates.join(', ') || 'nobody'],
  ]
  return (
    <section>
      <p class="row">
        <h2>
          {model.recipe} version {model.version}
        </h2>
        {model.aliases.map((alias) => (
          <Chip key={alias} tone="accent">
            @{alias}
          </Chip>
        ))}
        <ReleaseChip release={model.release} />
        <GatesChip gates={model.gates} />
        <RoleButton
          role="operator"
          onClick={onStart}
          isDisabled={model.release.state !== 'released' || isBlocked}
        >
          Start rollout
        </RoleButton>
        <RoleNote role="operator" />
      </p>
      <Facts facts={facts} />
      <div class="columns">
        <Scores model={model} />
        <Sites model={model} />
        <Algorithms model={model} />
      </div>
      <details>
        <summary>ONNX file: weights, operators, replay</summary>
        <Facts facts={fileFacts(model)} />
      </details>
      <Gates model={model} onAsk={onAsk} />
    </section>
  )
}

function Scores({ model }: { model: ModelResource }) {
  const rows: readonly [string, number][] = [
    ['this model', model.testMae],
    ['persistence', model.persistenceMae],
    ['seasonal persistence', model.seasonalPersistenceMae],
    ['climatology', model.climatologyMae],
  ]
  return (
    <table>
      <thead>
        <tr>
          <th>Held-out test</th>
          <th class="number">Error, {scoreUnit(model)}</th>
          <th class="number">Model is</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, mae]) => (
          <tr key={name}>
            <td>{name}</td>
            <td class="number">{lossOrDash(mae)}</td>
            <td class="number">{mae === model.testMae ? '' : relative(model.testMae, mae)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Sites({ model }: { model: ModelResource }) {
  return (
    <table>
      <thead>
        <tr>
          <th>Site</th>
          <th class="number">Rows</th>
          <th class="number">Error, {scoreUnit(model)}</th>
          <th class="number">Persistence</th>
        </tr>
      </thead>
      <tbody>
        {model.bySite.map((site) => (
          <tr key={site.site}>
            <td>{site.site}</td>
            <td class="number">{count(site.n)}</td>
            <td class="number">{lossOrDash(site.mae)}</td>
            <td class="number">{lossOrDash(site.persistenceMae)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Algorithms({ model }: { model: ModelResource }) {
  return (
    <table>
      <thead>
        <tr>
          <th>Algorithm</th>
          <th class="number">Validation error</th>
          <th class="number">CPU s</th>
        </tr>
      </thead>
      <tbody>
        {model.algorithms.map((score) => (
          <tr key={score.algorithm}>
            <td>
              {score.algorithm}
              {score.algorithm === model.algorithm ? ' ✓' : ''}
            </td>
            <td class="number">{decimals(score.validationMae, 3)}</td>
            <td class="number">{decimals(score.cpuSeconds, 1)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
