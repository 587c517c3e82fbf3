/**
 * better-sqlite3 13 is built on Node-API 10 (Node 22.14 and newer) and crashes Node 20 while loading; version 12 runs on
 * Node 20 but aborts on Node 24.19 and newer. So both are installed, and the one that runs is chosen here.
 */
import type { Database, Options } from 'better-sqlite3'
import { createRequire } from 'node:module'

export type { Database, Statement } from 'better-sqlite3'

type Constructor = new (path: string, options?: Options) => Database

const NODE_API_OF_VERSION_13 = 10

/** Opens (and creates) a database file; `:memory:` for none. */
export function openSqlite(path: string, options?: Options): Database {
  const name =
    Number(process.versions['napi']) >= NODE_API_OF_VERSION_13 ? 'better-sqlite3' : 'better-sqlite3-node20'
  return new (loadConstructor(name))(path, options)
}

function loadConstructor(name: string): Constructor {
  try {
    return createRequire(import.meta.url)(name) as Constructor
  } catch (cause) {
    throw new Error(
      `SQLite could not be loaded (${name}). On Node 20 it is compiled by "npm start" or "npm test", which needs ` +
        'python3 and a C++ compiler; Node 22.14 or newer needs neither.',
      { cause },
    )
  }
}
