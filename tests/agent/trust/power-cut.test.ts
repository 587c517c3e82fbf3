import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { AgentPorts } from '@fleetcast/agent/ports/agent-ports.ts'
import type { Repository } from '@fleetcast/shared/protocol/metadata.ts'
import type { MetadataStore } from '@fleetcast/shared/trust/metadata-ports.ts'
import { createSigner, signRoot } from '../../trust/keys.ts'
import { makeBundle, trustKeys } from '../fixtures/station-fixtures.ts'
import { createHarness, eventually, feed, type Harness } from '../fixtures/station-harness.ts'

let harness: Harness
afterEach(async () => await harness.close())

const good = makeBundle({ version: 1, offset: 2, epoch: 3 })

type Cut = {
  readonly ports: (ports: AgentPorts) => AgentPorts
  /** Resolves at the write that was cut. */
  readonly power: { isOut: boolean; writes: number }
}

/** Cuts the power at the n-th write that a check makes; `tear` says what the medium then holds. */
function cutAt(
  n: number,
  tear: (repository: Repository, role: string, bytes: Uint8Array) => Promise<void>,
): Cut {
  const power = { isOut: false, writes: 0 }
  const goesOut = (isWrite: boolean): boolean => {
    if (isWrite && !power.isOut && ++power.writes === n) power.isOut = true
    return power.isOut
  }
  const die = (): never => {
    throw new Error('the power is out')
  }
  const metadata = (repository: Repository, store: MetadataStore): MetadataStore => ({
    read: async (role) => (goesOut(false) ? die() : await store.read(role)),
    write: async (role, bytes) => {
      const wasOut = power.isOut
      if (!goesOut(true)) return await store.write(role, bytes)
      if (!wasOut) await tear(repository, role, bytes)
      die()
    },
    remove: async (role) => (goesOut(true) ? die() : await store.remove(role)),
  })
  return {
    power,
    ports: (ports) => ({
      ...ports,
      metadata: {
        director: metadata('director', ports.metadata.director),
        image: metadata('image', ports.metadata.image),
      },
      store: {
        ...ports.store,
        run: (sql, ...values) =>
          goesOut(/^insert.*released/.test(sql)) ? die() : ports.store.run(sql, ...values),
        writeDocument: (key, value) =>
          goesOut(key === 'desired' || key.startsWith('trust/'))
            ? die()
            : ports.store.writeDocument(key, value),
      },
    }),
  }
}

/** A first check and order, with a root that changes the director's online key on the way. */
function prepareHub(): void {
  const { world } = harness.hub
  const online = createSigner()
  const rotated = { ...trustKeys.director, snapshot: online, timestamp: online, targets: online }
  world.put('director', '2.root.json', signRoot(rotated, { version: 2 }))
  world.rotateDirector(rotated)
  harness.hub.offer(good)
  harness.hub.order({ generation: 1, champion: good.digest })
}

async function cutOnce(n: number, tear: (...torn: Parameters<Parameters<typeof cutAt>[1]>) => Promise<void>) {
  harness = await createHarness()
  prepareHub()
  const cut = cutAt(n, tear)
  const before = await harness.open({ ports: cut.ports })
  await eventually(
    () => cut.power.isOut || before.agent.status().serving === good.digest,
    (isOver) => isOver,
  )
  // The commit raises the floor, which is a write too.
  const isCommitted =
    !cut.power.isOut &&
    (await feed(before.agent, 0, 3).then(
      () => true,
      () => false,
    ))
  before.kill()
  if (isCommitted) {
    await harness.close()
    return cut.power
  }
  const station = await harness.open()
  await eventually(
    () => station.agent.status().serving,
    (serving) => serving === good.digest,
  )
  expect(station.agent.metrics().ordersRefused).toBe(0)
  expect(station.agent.status().generation).toBe(2)
  station.kill()
  await harness.close()
  return cut.power
}

const HALF_FILE = async (repository: Repository, role: string, bytes: Uint8Array): Promise<void> =>
  await writeFile(
    join(harness.folder, 'trust', repository, `${role}.json`),
    bytes.subarray(0, bytes.length >> 1),
  )

describe('power cut at any write of a check', () => {
  test.each([
    ['leaves the old file', async () => {}],
    ['leaves half of the new file under its real name', HALF_FILE],
  ] as const)(
    '%s: after a restart the station follows the order',
    async (_, tear) => {
      let cuts = 0
      for (let n = 1; ; n++) {
        const { isOut } = await cutOnce(n, tear)
        if (!isOut) break
        cuts++
      }
      // Roots, timestamps, snapshots and targets of two repositories, time floor, removals, order and what it names.
      expect(cuts).toBeGreaterThan(12)
    },
    120_000,
  )
})
