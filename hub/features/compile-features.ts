/**
 * The recipe's features become ONNX nodes: the one implementation that training and serving share. The hub builds its
 * training matrix by running these very nodes.
 */
import { assert } from '@fleetcast/shared/assert.ts'
import type { FeatureSpec } from '@fleetcast/shared/recipe/features.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { Graph } from '../onnx/graph.ts'
import { featureContext, type FeatureContext } from './feature-inputs.ts'
import { rollingFeatures, type Rolling } from './rolling-features.ts'
import { calendarFeatures, sunFeatures } from './sky-features.ts'

export type CompiledFeatures = {
  /** float32 [N, features]; NaN where a value is missing. */
  readonly features: string
  /** float32 [N, 1], always finite: what a model's output is added to. */
  readonly anchor: string
}

export type FeatureConstants = {
  /** A typical value of every window channel. */
  readonly centers: readonly number[]
  /** Stands for the target when nothing of it is known. */
  readonly anchorFill: number
}

const ANCHOR_ROWS = 24

export function compileFeatures(
  graph: Graph,
  recipe: Recipe,
  { centers, anchorFill }: FeatureConstants,
): CompiledFeatures {
  const context = featureContext(graph, recipe, centers)
  const rolling = rollingFeatures(context)
  const parts = recipe.features.flatMap((spec) => compileFeature(context, rolling, spec))
  return { features: graph.join(parts), anchor: anchorOf(context, rolling, anchorFill) }
}

function compileFeature(context: FeatureContext, rolling: Rolling, spec: FeatureSpec): readonly string[] {
  const { graph, flat, column } = context
  if ('lag' in spec)
    return [
      graph.columns(
        flat,
        spec.steps.map((step) => column(spec.lag, step)),
      ),
    ]
  if ('difference' in spec) {
    const newest = graph.columns(
      flat,
      spec.steps.map(() => column(spec.difference, 0)),
    )
    return [
      graph.node('Sub', [
        newest,
        graph.columns(
          flat,
          spec.steps.map((step) => column(spec.difference, step)),
        ),
      ]),
    ]
  }
  if ('mean' in spec) return spec.steps.map((steps) => rolling.mean(spec.mean, steps))
  if ('range' in spec) return spec.steps.map((steps) => rolling.range(spec.range, steps))
  if ('calendar' in spec)
    return spec.calendar.map((period) => calendarFeatures(context, period, spec.harmonics))
  if ('sun' in spec) return [sunFeatures(context, spec.sun.hoursBefore)]
  assert('site' in spec, 'every kind of feature is compiled')
  return [
    graph.columns(
      flat,
      spec.site.map((channel) => column(channel, 0)),
    ),
  ]
}

/** The newest value of the target; else the mean of its last day; else a constant. Nothing but 0 where no value is predicted. */
function anchorOf(context: FeatureContext, rolling: Rolling, fill: number): string {
  const { graph, flat, column, recipe } = context
  const newest = graph.columns(flat, [column(recipe.target.channel, 0)])
  const mean = rolling.mean(recipe.target.channel, Math.min(ANCHOR_ROWS, recipe.windowSteps))
  const known = graph.node('Where', [graph.node('IsNaN', [newest]), mean, newest])
  const anchor = graph.node('Where', [graph.node('IsNaN', [known]), graph.scalar(fill), known])
  const { predict, event, classes } = recipe.target
  const hasAnchor = predict !== 'change' && event === undefined && classes === undefined
  return hasAnchor ? anchor : graph.node('Mul', [anchor, graph.scalar(0)])
}
