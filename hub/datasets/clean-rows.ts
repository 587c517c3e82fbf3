/** Buffers between rows that were judged one by one and the engine's columns. */
import type { ColumnAppender, ColumnEngine } from '../ports/column-engine.ts'
import type { ContentDigest } from './content-digest.ts'
import type { JudgedRow } from './judge-channels.ts'
import type { AsideReason, StagedRow } from './pick-intervals.ts'

const BUFFER_ROWS = 8_192

const doubles = (): Float64Array => new Float64Array(BUFFER_ROWS)

const tableSql = (name: string, columns: readonly string[]): string =>
  `CREATE TABLE ${name} (${columns.map((column) => `${column} DOUBLE`).join(', ')})`

const numbered = (letter: string, n: number): string[] => Array.from({ length: n }, (_, i) => `${letter}${i}`)

/** The table `clean`: station, ms, m0, m1, ... as measured (NaN: missing), f0, f1, ... flag codes. */
export class CleanRows {
  readonly #appender: ColumnAppender
  readonly #digest: ContentDigest
  readonly #station = doubles()
  readonly #time = doubles()
  readonly #measured: readonly Float64Array[]
  readonly #flags: readonly Uint8Array[]
  #rows = 0

  private constructor(appender: ColumnAppender, channels: number, digest: ContentDigest) {
    this.#appender = appender
    this.#digest = digest
    this.#measured = Array.from({ length: channels }, doubles)
    this.#flags = Array.from({ length: channels }, () => new Uint8Array(BUFFER_ROWS))
  }

  static async open(
    engine: ColumnEngine,
    { channels, digest }: { readonly channels: number; readonly digest: ContentDigest },
  ): Promise<CleanRows> {
    const columns = ['station', 'ms', ...numbered('m', channels), ...numbered('f', channels)]
    await engine.run(tableSql('clean', columns))
    return new CleanRows(await engine.appender('clean', columns.length), channels, digest)
  }

  add(station: number, { at, values, codes }: JudgedRow): void {
    const row = this.#rows
    this.#station[row] = station
    this.#time[row] = at
    for (let i = 0; i < values.length; i++) {
      this.#measured[i]![row] = values[i]!
      this.#flags[i]![row] = codes[i]!
    }
    if (++this.#rows === BUFFER_ROWS) this.#flush()
  }

  async close(): Promise<void> {
    this.#flush()
    await this.#appender.close()
  }

  #flush(): void {
    const [rows, station, time] = [this.#rows, this.#station, this.#time]
    this.#digest.add({ rows, station, time, measured: this.#measured, flags: this.#flags })
    const flags = this.#flags.map((codes) => Float64Array.from(codes))
    this.#appender.append([station, time, ...this.#measured, ...flags], rows)
    this.#rows = 0
  }
}

/** Codes in `set_aside`. */
export const ASIDE_REASONS: readonly AsideReason[] = ['betweenSteps', 'superseded', 'conflict', 'duplicate']

/** The table `set_aside`: station, ms, arrived, reason, v0, v1, ...: rows that are not in the dataset and not lost either. */
export class SetAside {
  readonly #appender: ColumnAppender
  readonly #columns: readonly Float64Array[]
  #rows = 0

  private constructor(appender: ColumnAppender, columns: number) {
    this.#appender = appender
    this.#columns = Array.from({ length: columns }, doubles)
  }

  static async open(engine: ColumnEngine, channels: number): Promise<SetAside> {
    const columns = ['station', 'ms', 'arrived', 'reason', ...numbered('v', channels)]
    await engine.run(tableSql('set_aside', columns))
    return new SetAside(await engine.appender('set_aside', columns.length), columns.length)
  }

  add(station: number, { time, arrived, values }: StagedRow, reason: AsideReason): void {
    const fields = [station, time, arrived, ASIDE_REASONS.indexOf(reason), ...values]
    fields.forEach((field, i) => (this.#columns[i]![this.#rows] = field))
    if (++this.#rows === BUFFER_ROWS) this.#flush()
  }

  async close(): Promise<void> {
    this.#flush()
    await this.#appender.close()
  }

  #flush(): void {
    this.#appender.append(this.#columns, this.#rows)
    this.#rows = 0
  }
}
