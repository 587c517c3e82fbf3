/** A small form: labelled fields above each other, one button, one place for what is wrong. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'

type Input = {
  readonly label: string
  readonly name: string
  readonly type?: 'text' | 'password' | 'number'
  /** What a password manager shall do with it. */
  readonly autocomplete: string
  readonly value?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  /** Says what `pattern` wants. */
  readonly hint?: string
  readonly isReadOnly?: boolean
  readonly isFirst?: boolean
}

export function Field(input: Input) {
  return (
    <label class="field">
      <span>{input.label}</span>
      <input
        name={input.name}
        type={(input.type ?? 'text') as 'text'}
        autocomplete={input.autocomplete as 'off'}
        defaultValue={input.value}
        required
        minLength={input.minLength}
        maxLength={input.maxLength ?? 200}
        pattern={input.pattern}
        title={input.hint}
        readOnly={input.isReadOnly}
        autofocus={input.isFirst}
        autocapitalize="none"
        spellcheck={false}
      />
      {input.hint === undefined ? null : <small class="quiet">{input.hint}</small>}
    </label>
  )
}

type FormProps = {
  readonly button: string
  /** Answers with what is wrong, or null when it is done. */
  readonly onSend: (fields: ReadonlyMap<string, string>) => Promise<string | null>
  readonly children: ComponentChildren
  readonly isRow?: boolean
}

export function Form({ button, onSend, children, isRow }: FormProps) {
  const [problem, setProblem] = useState<string | null>(null)
  const [isSending, setSending] = useState(false)
  const send = async (form: HTMLFormElement): Promise<void> => {
    setSending(true)
    const fields = new Map([...new FormData(form)].map(([name, value]) => [name, String(value)]))
    const wrong = await onSend(fields)
    setSending(false)
    setProblem(wrong)
    if (wrong === null) form.reset()
  }
  return (
    <form
      class={isRow === true ? 'fields beside' : 'fields'}
      onSubmit={(event) => {
        event.preventDefault()
        void send(event.currentTarget)
      }}
    >
      {children}
      <button type="submit" class="primary" disabled={isSending}>
        {button}
      </button>
      {problem === null ? null : (
        <p class="bad" role="alert">
          {problem}
        </p>
      )}
    </form>
  )
}
