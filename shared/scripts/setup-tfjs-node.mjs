// Opt-in accelerator: @tensorflow/tfjs-node downloads a library at install time, which not every machine can, and its last
// release does not know Node 23 and newer. Training uses it when it loads and TensorFlow.js on wasm otherwise.
import { spawnSync } from 'node:child_process'
import { prepare, root } from './prepare.mjs'

await prepare()
console.log('Installing @tensorflow/tfjs-node 4.22.0 (not saved to package.json) ...')
const { status } = spawnSync(
  'npm',
  ['install', '--no-save', '--ignore-scripts=false', '@tensorflow/tfjs-node@4.22.0'],
  { cwd: root, stdio: 'inherit' },
)
const probe =
  "const u=require('util');u.isNullOrUndefined??=(x)=>x==null;u.isArray??=Array.isArray;require('@tensorflow/tfjs-node')"
const loads =
  status === 0 && spawnSync(process.execPath, ['-e', probe], { cwd: root, stdio: 'ignore' }).status === 0
console.log(
  loads
    ? 'It loads: training will use it.'
    : 'It does not load here; training goes on with TensorFlow.js on wasm. Nothing else is affected.',
)
process.exitCode = loads ? 0 : 1
