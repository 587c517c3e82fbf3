import cliProgress from 'cli-progress'
import type { ProgressDisplay } from '../ports/progress-display.ts'

/** Bars on a terminal; on a pipe one line at every quarter, so that a log stays readable. */
export function createTerminalProgress(stream: NodeJS.WriteStream): ProgressDisplay {
  return stream.isTTY ? barsOn(stream) : linesOn(stream)
}

function barsOn(stream: NodeJS.WriteStream): ProgressDisplay {
  let current: { title: string; bar: cliProgress.SingleBar } | null = null
  const end = (): void => {
    current?.bar.stop()
    current = null
  }
  return {
    line: (text) => {
      end()
      stream.write(`${text}\n`)
    },
    bar: (title, fraction, detail) => {
      if (current?.title !== title) {
        end()
        const format = `  ${title.padEnd(28)} {bar} {percentage} %  {detail}`
        const bar = new cliProgress.SingleBar(
          { format, stream, hideCursor: true, barsize: 24 },
          cliProgress.Presets.shades_classic,
        )
        bar.start(1000, 0, { detail })
        current = { title, bar }
      }
      current.bar.update(Math.round(fraction * 1000), { detail })
    },
    finish: end,
  }
}

function linesOn(stream: NodeJS.WriteStream): ProgressDisplay {
  const shown = new Map<string, number>()
  return {
    line: (text) => stream.write(`${text}\n`),
    bar: (title, fraction, detail) => {
      const quarter = Math.floor(fraction * 4)
      if (shown.get(title) === quarter) return
      shown.set(title, quarter)
      stream.write(`  ${title}: ${Math.round(fraction * 100)} % ${detail}\n`)
    },
    finish: (title) => shown.delete(title),
  }
}
