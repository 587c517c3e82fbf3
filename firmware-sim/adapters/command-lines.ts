/** Commands of the parent: lines of standard input, and IPC messages of a forked process. */
import { createInterface } from 'node:readline'

export type CommandSource = {
  readonly onLine: (line: string) => void
  /** Standard input has ended: with a parent, the parent is gone. */
  readonly onEnd: () => void
}

export function listenForCommands({ onLine, onEnd }: CommandSource): void {
  const lines = createInterface({ input: process.stdin })
  lines.on('line', (line) => {
    if (line.trim() !== '') onLine(line)
  })
  lines.on('close', onEnd)
  process.on('message', (message) => onLine(JSON.stringify(message)))
  process.on('disconnect', onEnd)
}

/** One event as a line of JSON on standard output. */
export const printLine = (event: unknown): void => {
  process.stdout.write(`${JSON.stringify(event)}\n`)
}

export const printError = (text: string): void => {
  process.stderr.write(`${text}\n`)
}
