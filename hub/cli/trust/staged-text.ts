/** What a signer sees before signing: role, version, expiry, keys, and what is different from what is published. */
import type { Root } from '@tufjs/models'
import { nameOfKey } from '../../signing/draft-root.ts'
import { listChanges, releaseText } from '../../signing/list-changes.ts'
import { isMet, type Demand, type StagedFile } from '../../signing/staged.ts'

const MARKS = { released: '+', removed: '-', revoked: '!', changed: '~' } as const

export const stageText = (files: readonly StagedFile[]): string => files.map(fileText).join('\n')

function fileText(staged: StagedFile): string {
  const { repository, file, metadata, demands } = staged
  const { version, expires } = metadata.signed
  const what = staged.kind === 'root' ? `root of the ${repository} repository` : 'list of releases'
  return [
    `${repository}/${file}: ${what}, version ${version}, expires ${expires.slice(0, 10)}`,
    ...(staged.kind === 'root' ? rootLines(staged.metadata.signed, staged.before) : listLines(staged)),
    ...demands.map((demand) => `  signatures, ${demandText(demand)}`),
  ].join('\n')
}

function rootLines(root: Root, before: Root | null): readonly string[] {
  const demo = root.unrecognizedFields['x-demo'] === true ? ['  demo trust: the keys lie on the hub'] : []
  const roles = Object.entries(root.roles).map(([role, { keyIDs, threshold }]) => {
    const old = before?.roles[role]?.keyIDs ?? []
    const marked = keyIDs.map((id) => `${before === null || old.includes(id) ? '' : '+'}${keyText(root, id)}`)
    const gone =
      before === null ? [] : old.filter((id) => !keyIDs.includes(id)).map((id) => `-${keyText(before, id)}`)
    return `  ${role}: ${threshold} of ${[...marked, ...gone].join(', ')}`
  })
  return [...demo, ...roles]
}

const keyText = (root: Root, id: string): string => `${nameOfKey(root, id)} (${id.slice(0, 8)})`

function listLines({ metadata, before }: Extract<StagedFile, { kind: 'targets' }>): readonly string[] {
  const count = Object.keys(metadata.signed.targets).length
  const changes = listChanges(before, metadata.signed)
  const lines = changes.map(({ kind, release }) => `  ${MARKS[kind]} ${kind} ${releaseText(release)}`)
  return [`  ${count} versions${changes.length === 0 ? ', nothing added or removed' : ''}`, ...lines]
}

/** `root 2: 1 of 2: alice signed, bob missing`. */
export function demandText(demand: Demand): string {
  const signed = demand.keys.filter(({ hasSigned }) => hasSigned).length
  const each = demand.keys.map(({ name, hasSigned }) => `${name} ${hasSigned ? 'signed' : 'missing'}`)
  return `${demand.by}: ${signed} of ${demand.threshold}${isMet(demand) ? ' ✓' : ''}: ${each.join(', ')}`
}

/** Thresholds that are not met yet, one line each; empty when the stage can be published. */
export const missingText = (files: readonly StagedFile[]): readonly string[] =>
  files.flatMap(({ repository, file, demands }) =>
    demands
      .filter((demand) => !isMet(demand))
      .map((demand) => `${repository}/${file}, ${demandText(demand)}`),
  )
