/** The audit log, newest first, for administrators. */
import { useEffect, useState } from 'preact/hooks'
import type { AuditResource } from '../../api/resources/access.ts'
import { ask } from '../ask.ts'
import { short } from '../format.ts'
import { Chip } from '../parts/chip.tsx'

const PAGE = 50

export function AuditPage() {
  const [entries, setEntries] = useState<readonly AuditResource[] | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const load = async (known: readonly AuditResource[]): Promise<void> => {
    const before = known.at(-1)?.sequence ?? Number.MAX_SAFE_INTEGER
    const answer = await ask<AuditResource[]>(`/api/v1/audit?before=${before}&limit=${PAGE}`)
    if (answer.ok) setEntries([...known, ...answer.value])
    setProblem(answer.ok ? null : answer.problem)
  }
  useEffect(() => void load([]), [])
  if (problem !== null) return <p class="bad">{problem}</p>
  if (entries === null) return <p class="loading">Asking the hub ...</p>
  const [newest] = entries
  return (
    <section>
      <p class="row">
        <h2>Audit log</h2>
        <span class="spacer" />
        <button onClick={() => void load([])}>Read again</button>
      </p>
      <p class="quiet">
        Every change, written before it was made; what is altered or removed later shows. Head hash of entry{' '}
        {newest?.sequence ?? 0}: <code>{newest?.hash ?? '–'}</code>. Note it elsewhere;{' '}
        <code>fleetcast audit verify --head HASH</code> checks the chain against it.
      </p>
      <AuditTable entries={entries} />
      {(entries.at(-1)?.sequence ?? 1) > 1 ? (
        <p>
          <button onClick={() => void load(entries)}>Older entries</button>
        </p>
      ) : null}
    </section>
  )
}

function AuditTable({ entries }: { entries: readonly AuditResource[] }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Audit log">
      <table>
        <thead>
          <tr>
            <th class="number">Entry</th>
            <th>At</th>
            <th>Who</th>
            <th>Did</th>
            <th>On</th>
            <th>With</th>
            <th>Hash</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr key={entry.sequence}>
              <td class="number">{entry.sequence}</td>
              <td>{new Date(entry.at).toISOString().slice(0, 19).replace('T', ' ')}Z</td>
              <td>{entry.actor}</td>
              <td>
                {entry.action} <OutcomeChip details={entry.details} />
              </td>
              <td>{entry.subject}</td>
              <td class="wrap code">{detailsText(entry.details)}</td>
              <td class="code" title={entry.hash}>
                {short(entry.hash)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function OutcomeChip({ details }: { details: unknown }) {
  const outcome = typeof details === 'object' && details !== null && 'outcome' in details && details.outcome
  return outcome === 'refused' || outcome === 'failed' ? <Chip tone="warn">! {outcome}</Chip> : null
}

function detailsText(details: unknown): string {
  const text = JSON.stringify(details)
  return text === '{}' || text === '{"body":{}}' ? '' : text
}
