/**
 * A PostgreSQL cluster of the test run's own: in a temporary folder, reached by a Unix socket in it, gone afterwards. Where
 * Debian's postgresql is not installed there is none, and the store is tested on SQLite alone.
 */
import { execFileSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of a database whose user may create others; null where there is no PostgreSQL. */
    postgresUrl: string | null
  }
}

const DEBIAN_FOLDER = '/usr/lib/postgresql'
const CLUSTER_USER = 'postgres'

export default function setup({ provide }: TestProject): (() => void) | undefined {
  const programs = newestPrograms()
  if (programs === undefined) {
    provide('postgresUrl', null)
    return undefined
  }
  const folder = mkdtempSync(join(tmpdir(), 'fleetcast-postgres-'))
  const owner = clusterOwner()
  chownSync(folder, owner.uid, owner.gid)
  const data = join(folder, 'data')
  const run = (program: string, ...words: string[]): void => {
    execFileSync(join(programs, program), words, {
      ...owner,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
  }
  run('initdb', '--pgdata', data, '--username', CLUSTER_USER, '--auth', 'trust', '--no-sync')
  // No power is cut here, so nothing has to reach the disk.
  const options = `-c listen_addresses= -c unix_socket_directories=${folder} -c fsync=off`
  run('pg_ctl', 'start', '--wait', '--pgdata', data, '--log', join(folder, 'log'), '--options', options)
  provide('postgresUrl', `postgres://${CLUSTER_USER}@${encodeURIComponent(folder)}/postgres`)
  return () => {
    run('pg_ctl', 'stop', '--wait', '--mode', 'immediate', '--pgdata', data)
    rmSync(folder, { recursive: true })
  }
}

/** One folder for each major version. */
function newestPrograms(): string | undefined {
  if (!existsSync(DEBIAN_FOLDER)) return undefined
  const versions = readdirSync(DEBIAN_FOLDER).toSorted((a, b) => Number(b) - Number(a))
  const folders = versions.map((version) => join(DEBIAN_FOLDER, version, 'bin'))
  return folders.find((folder) => existsSync(join(folder, 'initdb')))
}

/** PostgreSQL refuses to run as root; Debian's package brings a user for it. */
function clusterOwner(): { readonly uid: number; readonly gid: number } {
  const { uid, gid } = userInfo()
  if (uid !== 0) return { uid, gid }
  const idOf = (flag: string): number =>
    Number(execFileSync('id', [flag, CLUSTER_USER], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}
