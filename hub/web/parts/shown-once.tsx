import { useState } from 'preact/hooks'

/** A link or a token that is shown this one time; the hub itself keeps only its hash. */
export function ShownOnce({ title, text, onClose }: { title: string; text: string; onClose: () => void }) {
  const [isCopied, setCopied] = useState(false)
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
  }
  return (
    <div class="once" role="status">
      <p>
        <strong>{title}</strong> It is shown this one time.
      </p>
      <code>{text}</code>
      <p class="row">
        {/* The clipboard is there on https and on this machine only. */}
        {navigator.clipboard === undefined ? null : (
          <button onClick={() => void copy()}>{isCopied ? 'Copied ✓' : 'Copy'}</button>
        )}
        <button onClick={onClose}>I have it</button>
      </p>
    </div>
  )
}
