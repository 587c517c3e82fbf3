/** Where the aliases of a recipe pointed, newest first: who moved them and why. */
import type { AliasEntryResource } from '../../api/resources/alias.ts'
import { now } from '../data.ts'
import { ago, version } from '../format.ts'

type AliasHistoryProps = { readonly recipe: string; readonly entries: readonly AliasEntryResource[] }

export function AliasHistory({ recipe, entries }: AliasHistoryProps) {
  return (
    <section>
      <h2>Aliases of {recipe}</h2>
      {entries.length === 0 ? (
        <p class="empty">
          None was set yet; the champion is, when a rollout completes. Others are set with “fleetcast models
          aliases set”.
        </p>
      ) : (
        <div class="scroll" tabIndex={0} role="region" aria-label={`History of the aliases of ${recipe}`}>
          <table>
            <thead>
              <tr>
                <th>Alias</th>
                <th class="number">Revision</th>
                <th>Move</th>
                <th>By</th>
                <th>When</th>
                <th>Why</th>
              </tr>
            </thead>
            <tbody>
              {entries.map((entry) => (
                <tr key={`${entry.name} ${entry.revision}`}>
                  <td>{entry.name}</td>
                  <td class="number">{entry.revision}</td>
                  <td>
                    {pointed(entry.from)} → {pointed(entry.to)}
                  </td>
                  <td>
                    {entry.by}
                    {entry.request === null ? null : (
                      <span class="quiet"> (approved request {entry.request})</span>
                    )}
                  </td>
                  <td>{ago(entry.at, now.value)}</td>
                  <td class="wrap">{entry.reason}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

const pointed = (to: AliasEntryResource['to']): string => (to === null ? 'nothing' : version(to.version))
