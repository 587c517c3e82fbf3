/** A recurrent network as plain numbers, in double precision: what the exported graph is checked against. */
import {
  NORMALISATION_EPSILON,
  type DenseLayer,
  type HiddenActivation,
  type RecurrentNetwork,
} from '../../ports/network-trainer.ts'

export type RecurrentRow = {
  /** [steps, channels], oldest first; and the other inputs. Standardised. */
  readonly sequence: Float32Array
  readonly channels: number
  readonly others: Float32Array
}

/** The network's one output, in standardised units. */
export function evaluateRecurrent(network: RecurrentNetwork, row: RecurrentRow): number {
  const { normalisation, dense, activation } = network
  let joined = [...lastState(network, row), ...row.others]
  if (normalisation !== null) joined = normalise(joined, normalisation)
  const hidden = applyDense(joined, dense[0]).map(ACTIVATIONS[activation])
  return applyDense(hidden, dense[1])[0]!
}

const ACTIVATIONS: Record<HiddenActivation, (x: number) => number> = {
  relu: (x) => Math.max(0, x),
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  elu: (x) => (x >= 0 ? x : Math.expm1(x)),
}

const GATES: Record<RecurrentNetwork['recurrentActivation'], (x: number) => number> = {
  sigmoid: ACTIVATIONS.sigmoid,
  hardSigmoid: (x) => Math.max(0, Math.min(1, 0.2 * x + 0.5)),
}

function lastState(network: RecurrentNetwork, { sequence, channels }: RecurrentRow): readonly number[] {
  const next = network.cell === 'gru' ? gruStep : lstmStep
  let state = { h: Array.from({ length: network.units }, () => 0), c: [] as readonly number[] }
  state.c = state.h
  for (let at = 0; at < sequence.length; at += channels)
    state = next(network, sequence.subarray(at, at + channels), state)
  return state.h
}

type State = { h: number[]; c: readonly number[] }

/** Weighted inputs of one gate: x W + b, or h U. */
function gate(
  values: ArrayLike<number>,
  weights: Float32Array,
  { units, gates, index }: { units: number; gates: number; index: number },
): number[] {
  return Array.from({ length: units }, (_, u) => {
    let sum = 0
    for (let k = 0; k < values.length; k++) sum += values[k]! * weights[(k * gates + index) * units + u]!
    return sum
  })
}

/** z, r, h; the reset gate acts before the product (`reset_after` false). */
function gruStep(network: RecurrentNetwork, x: Float32Array, { h }: State): State {
  const { units, kernel, recurrentKernel, bias } = network
  const act = GATES[network.recurrentActivation]
  const part = (index: number, state: readonly number[]): number[] => {
    const place = { units, gates: 3, index }
    const fromState = gate(state, recurrentKernel, place)
    return gate(x, kernel, place).map((sum, u) => sum + fromState[u]! + bias[index * units + u]!)
  }
  const z = part(0, h).map(act)
  const r = part(1, h).map(act)
  const candidate = part(
    2,
    h.map((value, u) => value * r[u]!),
  ).map(Math.tanh)
  return { h: h.map((value, u) => z[u]! * value + (1 - z[u]!) * candidate[u]!), c: [] }
}

/** i, f, c, o. */
function lstmStep(network: RecurrentNetwork, x: Float32Array, { h, c }: State): State {
  const { units, kernel, recurrentKernel, bias } = network
  const act = GATES[network.recurrentActivation]
  const [i, f, candidate, o] = [0, 1, 2, 3].map((index) => {
    const place = { units, gates: 4, index }
    const fromState = gate(h, recurrentKernel, place)
    return gate(x, kernel, place).map((sum, u) => sum + fromState[u]! + bias[index * units + u]!)
  })
  const carried = c.map((value, u) => act(f![u]!) * value + act(i![u]!) * Math.tanh(candidate![u]!))
  return { h: carried.map((value, u) => act(o![u]!) * Math.tanh(value)), c: carried }
}

function normalise(
  values: readonly number[],
  { scale, shift }: NonNullable<RecurrentNetwork['normalisation']>,
): number[] {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length
  const root = Math.sqrt(variance + NORMALISATION_EPSILON)
  return values.map((x, i) => ((x - mean) / root) * scale[i]! + shift[i]!)
}

const applyDense = (values: readonly number[], { weights, bias, outputs }: DenseLayer): number[] =>
  Array.from(bias, (b, o) => values.reduce((sum, x, k) => sum + x * weights[k * outputs + o]!, b))
