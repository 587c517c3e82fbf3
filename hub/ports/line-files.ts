/** Text files, line by line, so that their size does not matter. */
export type LineFiles = {
  readonly read: (file: string) => AsyncIterable<string>
  readonly write: (file: string, lines: AsyncIterable<string>) => Promise<void>
}
