/** Asks for a password without showing it; without a terminal it is the first line of standard input. */
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'

const LENGTH_MAX = 1_000

export async function askHidden(question: string): Promise<string> {
  const isTerminal = process.stdin.isTTY
  if (isTerminal) process.stderr.write(question)
  const nowhere = new Writable({ write: (_part, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: isTerminal })
  try {
    return await new Promise<string>((resolve) => {
      lines.once('line', (line) => resolve(line.slice(0, LENGTH_MAX)))
      lines.once('close', () => resolve(''))
    })
  } finally {
    lines.close()
    if (isTerminal) process.stderr.write('\n')
  }
}
