#!/usr/bin/env node
// The one command: prepares the checkout when needed, then hands over to the program that the first word names.
import { spawn } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { prepare, root } from './prepare.mjs'

const PROGRAM_BY_WORD = {
  agent: 'agent/dist/main.js',
  sim: 'firmware-sim/dist/main.js',
  'tuf-client': 'agent/dist/tuf-client.js',
}

// As a station's service unit starts it: V8 may not keep 16 MB for objects that die at once, nor a thread a core.
const AGENT_FLAGS = ['--max-semi-space-size=1', '--v8-pool-size=1']

await prepare()
const word = process.argv[2] ?? ''
const program = PROGRAM_BY_WORD[word]
if (word === 'agent') {
  const child = spawn(process.execPath, [...AGENT_FLAGS, join(root, program), ...process.argv.slice(3)], {
    stdio: 'inherit',
  })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code) => (process.exitCode = code ?? 1))
} else {
  if (program !== undefined) process.argv.splice(2, 1)
  await import(pathToFileURL(join(root, program ?? 'hub/dist/main.js')).href)
}
