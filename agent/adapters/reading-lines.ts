/** Readings as lines of JSON, from a file or from standard input. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Refusal } from '@fleetcast/shared/result.ts'
import type { LocalAgent } from '../local-api/local-agent.ts'
import { parseReading } from '../readings/reading.ts'
import type { Log } from '../ports/log.ts'

/** Feeds every line to the agent, at the agent's pace; a bad line is logged and skipped. `source` is a path or `-`. */
export async function feedLines(
  agent: Pick<LocalAgent, 'observe'>,
  { source, log }: { source: string; log: Log },
  signal: AbortSignal,
): Promise<void> {
  const input = source === '-' ? process.stdin : createReadStream(source)
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  const close = (): void => {
    lines.close()
    input.destroy()
  }
  signal.addEventListener('abort', close, { once: true })
  for await (const line of lines) {
    if (signal.aborted) return
    const refusal = line.trim() === '' ? null : await feed(agent, line)
    if (refusal !== null && !signal.aborted)
      log.warn({ ...refusal, line: line.slice(0, 200) }, 'a reading was refused')
  }
}

async function feed(agent: Pick<LocalAgent, 'observe'>, line: string): Promise<Refusal | null> {
  const reading = parseReading(parseLine(line))
  if (!reading.ok) return reading.error
  const result = await agent.observe(reading.value)
  return result.ok ? null : result.error
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    if (cause instanceof SyntaxError) return null
    throw cause
  }
}
