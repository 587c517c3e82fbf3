/** Joins the registry's deletions with the rollouts and releases that may still need a version. */
import type { ApiPorts } from '../api/api-ports.ts'
import type { TrustOperations } from '../api/trust-operations.ts'
import { deleteVersion } from '../registry/delete-version.ts'
import { removeOrphans } from '../registry/remove-blobs.ts'
import { rolloutsOfVersion } from '../rollouts/rollouts-of-version.ts'
import { listEveryRollout } from '../store/queries/rollouts.ts'
import type { HubPorts } from './hub-ports.ts'

export type Registry = Pick<ApiPorts, 'deleteVersion' | 'removeOrphans'>

export function createRegistry(
  ports: HubPorts,
  { releaseState }: Pick<TrustOperations, 'releaseState'>,
): Registry {
  const deleting = { ...ports, otherUses: otherUses(releaseState) }
  return {
    deleteVersion: async (deletion) => {
      const deleted = await deleteVersion(deleting, deletion)
      if (deleted.ok) ports.changes.announce('models', 'events')
      return deleted
    },
    removeOrphans: () => removeOrphans(ports),
  }
}

type OtherUses = Parameters<typeof deleteVersion>[0]['otherUses']

const otherUses =
  (releaseState: TrustOperations['releaseState']): OtherUses =>
  async (reading, digest) => {
    const rollouts = rolloutsOfVersion(
      (await listEveryRollout(reading)).map(({ body }) => body),
      digest,
    )
    const uses = rollouts.map(({ id, state }) => `rollout ${id} (${state})`)
    const isReleased = releaseState(digest).state === 'released'
    return isReleased ? [...uses, 'its release, which has to be revoked first'] : uses
  }

/** Once at the start, before anything writes files; a hub that cannot clean up works all the same. */
export async function cleanUp(ports: HubPorts): Promise<void> {
  try {
    const { files, bytes } = await removeOrphans(ports)
    if (files > 0) ports.log.info({ files, bytes }, 'files of no version were removed')
  } catch (cause) {
    ports.log.warn({ cause }, 'files of no version could not be removed')
  }
}
