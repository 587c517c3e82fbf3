/**
 * TensorFlow.js's wasm kernel multiplies a transposed matrix element by element, ten times slower than a plain one, and every
 * weight gradient does that. Transposing first gives the same product.
 */
import * as tf from '@tensorflow/tfjs-core'

type Kernel = (call: {
  inputs: tf.NamedTensorInfoMap
  backend: tf.KernelBackend
  attrs: tf.NamedAttrMap
}) => tf.TensorInfo

/** Once per process, after the wasm backend was loaded. */
export function transposeBeforeMatMul(): void {
  const product = kernelOf('BatchMatMul')
  const transpose = kernelOf('Transpose')
  tf.unregisterKernel('BatchMatMul', 'wasm')
  tf.registerKernel({
    kernelName: 'BatchMatMul',
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend: unknownBackend, attrs }) => {
      const backend = unknownBackend as tf.KernelBackend
      const plain = (name: 'a' | 'b', isTransposed: unknown): tf.TensorInfo =>
        isTransposed === true
          ? transpose({
              inputs: { x: inputs[name]! },
              backend,
              attrs: { perm: lastTwoSwapped(inputs[name]!) },
            })
          : inputs[name]!
      const [a, b] = [plain('a', attrs?.['transposeA']), plain('b', attrs?.['transposeB'])]
      const result = product({ inputs: { a, b }, backend, attrs: { transposeA: false, transposeB: false } })
      for (const [used, given] of [
        [a, inputs['a']],
        [b, inputs['b']],
      ] as const)
        if (used !== given) backend.disposeData(used.dataId)
      return result
    },
  })
}

function lastTwoSwapped({ shape }: tf.TensorInfo): number[] {
  const axes = shape.map((_, axis) => axis)
  return [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!]
}

function kernelOf(name: 'BatchMatMul' | 'Transpose'): Kernel {
  const config = tf.getKernel(name, 'wasm')
  if (config === undefined) throw new Error(`the wasm backend has no kernel ${name}`)
  return config.kernelFunc as unknown as Kernel
}
