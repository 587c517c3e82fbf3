/** Runs the Python peers on the same matrices; null (and a line on stderr) where they are not installed. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rowMajor } from '@fleetcast/hub/training/network.ts'
import type { TreeTask } from './tree-tasks.ts'

export type PeerScore = {
  readonly task: string
  readonly loss: 'l1' | 'l2'
  readonly peer: 'sklearn' | 'xgboost'
  readonly cpuSeconds: number
  readonly score: number
}

const PYTHONS = ['python3', '/usr/bin/python3']

export function runPeers(tasks: readonly TreeTask[]): readonly PeerScore[] | null {
  const python = PYTHONS.find(hasPeers)
  if (python === undefined) {
    process.stderr.write(
      'no Python with scikit-learn and xgboost (Debian: apt install python3-sklearn python3-xgboost): only our own trees are timed\n',
    )
    return null
  }
  const folder = mkdtempSync(join(tmpdir(), 'fleetcast-trees-'))
  try {
    writeTasks(folder, tasks)
    const env = { PATH: process.env['PATH'], OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' }
    const output = execFileSync(python, ['bench/trees/peers.py', folder], { encoding: 'utf8', env })
    return output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as PeerScore)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function hasPeers(python: string): boolean {
  try {
    execFileSync(python, ['-c', 'import sklearn, xgboost'], { stdio: 'ignore' })
    return true
  } catch {
    return false // not installed there: the next one is tried
  }
}

function writeTasks(folder: string, tasks: readonly TreeTask[]): void {
  const described = tasks.map(({ train, test, ...task }) => {
    for (const [part, { matrix, target }] of Object.entries({ train, test })) {
      writeFileSync(join(folder, `${task.name}-${part}-x.f32`), new Uint8Array(rowMajor(matrix).buffer))
      writeFileSync(join(folder, `${task.name}-${part}-y.f32`), new Uint8Array(target.slice().buffer))
    }
    return { ...task, columns: train.matrix.columns }
  })
  writeFileSync(join(folder, 'tasks.json'), JSON.stringify(described))
}
