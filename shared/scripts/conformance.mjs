// `npm run conformance -- CHECKOUTS [PYTEST ARGUMENT...]`: the official TUF conformance suite against our client.
// CHECKOUTS is a folder of git checkouts; nothing is downloaded from here, whatever is missing is named.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { prepare, root } from './prepare.mjs'

const CHECKOUTS = [
  {
    folder: 'tuf-conformance',
    holds: 'tuf_conformance',
    get: 'git clone https://github.com/theupdateframework/tuf-conformance',
  },
  {
    folder: 'python-tuf',
    holds: 'tuf',
    get: 'git clone --branch v5.1.0 https://github.com/theupdateframework/python-tuf',
  },
  {
    folder: 'securesystemslib',
    holds: 'securesystemslib',
    get: 'git clone --branch v1.4.0 https://github.com/secure-systems-lab/securesystemslib',
  },
]
/** Debian's packages will do. */
const PROGRAMS = [
  { name: 'pytest', command: ['python3', '-c', 'import pytest'], package: 'python3-pytest' },
  {
    name: 'cryptography',
    command: ['python3', '-c', 'import cryptography'],
    package: 'python3-cryptography',
  },
  { name: 'faketime', command: ['faketime', '--version'], package: 'faketime' },
]

const [folder, ...pytestArguments] = process.argv.slice(2)
const missing = folder === undefined ? ['say where: npm run conformance -- CHECKOUTS'] : missingFrom(folder)
if (missing.length > 0) {
  console.error(`The conformance suite cannot run yet:\n${missing.map((line) => `  ${line}`).join('\n')}`)
  process.exit(2)
}
await prepare()
process.exitCode = runSuite(resolve(folder))

function missingFrom(checkouts) {
  const absent = CHECKOUTS.filter(({ folder, holds }) => !existsSync(join(checkouts, folder, holds)))
  const unusable = PROGRAMS.filter(({ command: [program, ...args] }) => {
    const { error, status } = spawnSync(program, args, { stdio: 'ignore' })
    return error !== undefined || status !== 0
  })
  return [
    ...absent.map(({ folder, get }) => `no ${join(checkouts, folder)}: (cd ${checkouts} && ${get})`),
    ...unusable.map(({ name, package: debian }) => `no ${name}: apt-get install ${debian}`),
  ]
}

/** The suite wants one program; ours is Node with a file. */
function runSuite(checkouts) {
  const temporary = mkdtempSync(join(tmpdir(), 'fleetcast-conformance-'))
  const client = join(temporary, 'client')
  const built = process.env.FLEETCAST_TUF_CLIENT ?? join(root, 'agent/dist/tuf-client.js')
  writeFileSync(client, `#!/bin/sh\nexec '${process.execPath}' '${built}' "$@"\n`)
  chmodSync(client, 0o755)
  const path = ['python-tuf', 'securesystemslib', 'tuf-conformance'].map((name) => join(checkouts, name))
  try {
    const { status } = spawnSync(
      'python3',
      [
        '-m',
        'pytest',
        '-q',
        '-p',
        'no:cacheprovider',
        'tuf_conformance',
        '--entrypoint',
        client,
        ...pytestArguments,
      ],
      {
        cwd: join(checkouts, 'tuf-conformance'),
        stdio: 'inherit',
        env: { ...process.env, PYTHONPATH: path.join(':'), PYTHONDONTWRITEBYTECODE: '1' },
      },
    )
    return status ?? 1
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}
