import { useEffect, useRef, useState } from 'preact/hooks'
import { ask } from '../ask.ts'
import { refresh } from '../data.ts'

export type Confirmed = {
  readonly title: string
  readonly explanation: string
  readonly path: string
  readonly method?: 'POST' | 'PUT'
  readonly needsReason: boolean
  readonly body: Record<string, unknown>
  readonly onDone?: () => void
}

/** Asks before anything changes; a reason is kept in the log of events. The browser's own dialog brings focus and Escape. */
export function Confirm({ what, onClose }: { what: Confirmed; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [reason, setReason] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const [isSending, setSending] = useState(false)
  useEffect(() => dialog.current?.showModal(), [])
  const send = async (): Promise<void> => {
    setSending(true)
    const body = what.needsReason ? { ...what.body, reason } : what.body
    const outcome = await ask(what.path, { method: what.method ?? 'POST', body })
    setSending(false)
    if (!outcome.ok) return setProblem(outcome.problem)
    void refresh()
    what.onDone?.()
    onClose()
  }
  return (
    <dialog ref={dialog} onClose={onClose} aria-label={what.title}>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault()
          void send()
        }}
      >
        <h2>{what.title}</h2>
        <p>{what.explanation}</p>
        {what.needsReason ? (
          <label>
            Why? It is kept in the log of events.
            <textarea
              rows={3}
              required
              minLength={3}
              maxLength={400}
              value={reason}
              onInput={(event) => setReason(event.currentTarget.value)}
            />
          </label>
        ) : null}
        {problem === null ? null : (
          <p class="bad" role="alert">
            {problem}
          </p>
        )}
        <div class="row">
          <button type="submit" class="primary" disabled={isSending}>
            {what.title}
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            Leave it
          </button>
        </div>
      </form>
    </dialog>
  )
}
