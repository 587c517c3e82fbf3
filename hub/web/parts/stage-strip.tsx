import type { RolloutResource, StageResource } from '../../api/resources/rollout.ts'
import { percent } from '../format.ts'
import { StageChip, stageTone } from './chip.tsx'

/** The stages in their order, each with its verdict in numbers or what it waits for. */
export function StageStrip({ rollout }: { rollout: RolloutResource }) {
  return (
    <div class="stages">
      {rollout.stages.map((stage) => (
        <div key={stage.name} class={`stage ${stageTone(stage.state)}`}>
          <div class="row">
            <strong>{stage.name}</strong>
            <StageChip state={stage.state} />
          </div>
          <div class="quiet">{stage.devices.join(', ')}</div>
          <StageNumbers stage={stage} />
        </div>
      ))}
    </div>
  )
}

function StageNumbers({ stage }: { stage: StageResource }) {
  const first = stage.measurements.find((measurement) => measurement.reference === 'persistence')
  return (
    <>
      {first === undefined ? null : (
        <div>
          {percent(first.relativeDifference)} against persistence [{percent(first.lower)},{' '}
          {percent(first.upper)}], {first.days} days
        </div>
      )}
      {stage.state === 'gathering'
        ? stage.waitsFor.slice(0, 2).map((text) => <div key={text}>{text}</div>)
        : null}
    </>
  )
}
