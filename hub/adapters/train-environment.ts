/** What the trainer program runs on, measured by itself: `node trainer.js --environment`. */
import { readFile } from 'node:fs/promises'
import type { CpuClass, TrainEnvironment } from '../ports/code-identity.ts'
import { ONNX_RUNTIME_VERSION } from './onnx-runtime.ts'
import { TENSORFLOW_VERSION, tensorflowBackend } from './tensorflow.ts'

export type MeasuredEnvironment = Omit<TrainEnvironment, 'packageLock'>

export const measureEnvironment = async (): Promise<MeasuredEnvironment> => ({
  node: process.versions.node,
  v8: process.versions.v8,
  architecture: process.arch,
  cpu: await cpuClass(),
  threads: 1,
  tensorflow: TENSORFLOW_VERSION,
  backend: await tensorflowBackend(),
  onnxruntime: ONNX_RUNTIME_VERSION,
})

/** Only Linux tells, and only x64 has classes worth telling apart. */
async function cpuClass(): Promise<CpuClass> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return null
  const flags = new Set(
    /^flags\s*:(.*)$/m
      .exec(await readFile('/proc/cpuinfo', 'utf8'))?.[1]
      ?.trim()
      .split(/\s+/),
  )
  if (flags.size === 0) return null
  if (flags.has('avx512f')) return 'avx512'
  return flags.has('avx2') ? 'avx2' : 'sse'
}
