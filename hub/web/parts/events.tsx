import { useState } from 'preact/hooks'
import type { EventResource } from '../../api/resources/overview.ts'
import { clockTime } from '../format.ts'

const SIGN: Record<EventResource['severity'], string> = { info: '·', warning: '!', error: '✕' }
const TONE: Record<EventResource['severity'], string> = { info: 'quiet', warning: 'warn', error: 'bad' }

/** Newest first; text is text, whatever a device wrote into it. */
export function Events({ events }: { events: readonly EventResource[] }) {
  const [source, setSource] = useState('')
  const shown = events.filter((event) => source === '' || event.source === source)
  return (
    <section>
      <div class="row">
        <h2>What happened</h2>
        <label>
          <span class="quiet">from </span>
          <select value={source} onChange={(event) => setSource(event.currentTarget.value)}>
            <option value="">everywhere</option>
            {[...new Set(events.map((event) => event.source))].map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
      {shown.length === 0 ? (
        <p class="empty">Nothing yet; enrolments, verdicts and faults appear here as they happen.</p>
      ) : null}
      <ul class="plain events">
        {shown.map((event) => (
          <li key={event.id}>
            <span class="quiet">{clockTime(event.at)}</span>{' '}
            <span class={TONE[event.severity]} title={event.severity}>
              {SIGN[event.severity]}
            </span>{' '}
            <strong>{event.subject}</strong> {event.message}
          </li>
        ))}
      </ul>
    </section>
  )
}
