#!/usr/bin/env node
// The one command: prepares the checkout when needed, then hands over to the program that the first word names.
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { prepare, root } from './prepare.mjs'

const PROGRAM_BY_WORD = { agent: 'agent/dist/main.js', sim: 'firmware-sim/dist/main.js' }

await prepare()
const word = process.argv[2] ?? ''
const program = PROGRAM_BY_WORD[word]
if (program !== undefined) process.argv.splice(2, 1)
await import(pathToFileURL(join(root, program ?? 'hub/dist/main.js')).href)
