// Makes a checkout ready: installs what is missing, compiles the one native part that needs it, builds what changed.
// No dependency of its own, since it runs before there are any. Says what it does and how long it took.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const inRoot = (...parts) => join(root, ...parts)
const modifiedAt = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0)

/** Runs the three steps that are needed; returns at once when nothing is. One process at a time: the others wait for it. */
export async function prepare({ forceBuild = false } = {}) {
  refuseOldNode()
  if (!forceBuild && isReady()) return
  await alone(async () => {
    if (!hasPackages())
      await step('Installing packages (npm ci, about half a minute)', () =>
        npm(['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']),
      )
    writeFileSync(installedMark, lockDigest())
    if (!hasSqlite())
      await step('Compiling SQLite for Node 20 (about two minutes; Node 22.14 or newer skips this)', () =>
        npm(['rebuild', 'better-sqlite3-node20', '--ignore-scripts=false', '--loglevel=error']),
      )
    if (forceBuild || isStale())
      await step('Building', () => run(process.execPath, [inRoot('shared/scripts/build.mjs')]))
  })
}

const isReady = () => hasPackages() && hasSqlite() && !isStale()

/** Which lock file was installed, by its content: a checkout gives old content new times. */
const installedMark = inRoot('node_modules', '.fleetcast-installed')
const lockDigest = () =>
  createHash('sha256')
    .update(readFileSync(inRoot('package-lock.json')))
    .digest('hex')
const hasPackages = () => existsSync(installedMark) && readFileSync(installedMark, 'utf8') === lockDigest()

/** Holds `.preparing` while it works; the mark of a process that is gone is taken over. */
async function alone(work) {
  const mark = inRoot('.preparing')
  for (let isTold = false; !tryMark(mark); isTold = true) {
    if (!isTold) console.error('Waiting for another command that prepares this checkout ...')
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  try {
    await work()
  } finally {
    rmSync(mark, { force: true })
  }
}

function tryMark(mark) {
  try {
    writeFileSync(mark, String(process.pid), { flag: 'wx' })
    return true
  } catch (cause) {
    if (cause.code !== 'EEXIST') throw cause
  }
  if (!isAlive(ownerOf(mark))) rmSync(mark, { force: true })
  return false
}

function ownerOf(mark) {
  try {
    return Number(readFileSync(mark, 'utf8'))
  } catch {
    return process.pid // gone in this very moment: ask again
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return cause.code === 'EPERM'
  }
}

function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const isSupported = (major === 20 && minor >= 19) || (major === 22 && minor >= 14) || major >= 24
  if (isSupported) return
  console.error(`Fleetcast needs Node 20.19, 22.14 or 24 and newer; this is ${process.versions.node}.`)
  process.exit(1)
}

async function step(title, work) {
  const startedAt = performance.now()
  console.error(`${title} ...`)
  await work()
  console.error(`  done in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
}

function run(command, args) {
  try {
    execFileSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], shell: false })
  } catch {
    console.error(
      `This step failed: ${command} ${args.join(' ')}. Its own message stands above; fix it and run the same command again.`,
    )
    process.exit(1)
  }
}

/** npm as this process was started by, else the one on the path. */
function npm(args) {
  const cli = process.env.npm_execpath
  if (cli?.endsWith('.js')) run(process.execPath, [cli, ...args])
  else run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args)
}

/**
 * In a process of its own: a wrong native module may take the process down with it. Remembered until packages are installed
 * again or Node changes, since every command asks.
 */
function hasSqlite() {
  if (Number(process.versions.napi) >= 10) return true
  const mark = inRoot('node_modules', `.sqlite-for-${process.versions.modules}`)
  if (modifiedAt(mark) > modifiedAt(inRoot('node_modules', '.package-lock.json'))) return true
  const works = opensSqlite()
  if (works) writeFileSync(mark, '')
  return works
}

function opensSqlite() {
  const probe = "new (require('better-sqlite3-node20'))(':memory:').close()"
  try {
    execFileSync(process.execPath, ['-e', probe], { cwd: inRoot('shared'), stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Stale when any source is newer than the build's mark. */
function isStale() {
  const builtAt = modifiedAt(inRoot('hub', 'dist', 'built'))
  return (
    builtAt === 0 ||
    ['shared', 'agent', 'hub', 'firmware-sim'].some((folder) => newestIn(inRoot(folder)) > builtAt)
  )
}

function newestIn(folder) {
  let newest = 0
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'dist' || entry.name === 'node_modules' || entry.name.startsWith('.')) continue
    const path = join(folder, entry.name)
    newest = Math.max(newest, entry.isDirectory() ? newestIn(path) : statSync(path).mtimeMs)
  }
  return newest
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await prepare({ forceBuild: process.argv.includes('--build') })
