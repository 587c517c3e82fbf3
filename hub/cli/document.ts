/** A report of titled parts with sentences and tables, as text for a terminal or as Markdown. */
import { textTable } from './text-table.ts'

export type Cell = string | number | null

export type Part = {
  readonly title: string
  readonly lines: readonly string[]
  readonly table?: { readonly head: readonly string[]; readonly rows: readonly (readonly Cell[])[] }
}

export type Document = { readonly title: string; readonly parts: readonly Part[] }

export const documentText = ({ title, parts }: Document): string =>
  [title, ...parts.map(partText)].join('\n\n')

const partText = ({ title, lines, table }: Part): string =>
  [title.toUpperCase(), ...(table === undefined ? [] : [textTable(table.head, table.rows)]), ...lines].join(
    '\n',
  )

export const documentMarkdown = ({ title, parts }: Document): string =>
  `${[`# ${escaped(title)}`, ...parts.map(partMarkdown)].join('\n\n')}\n`

function partMarkdown({ title, lines, table }: Part): string {
  const blocks = [`## ${escaped(title)}`]
  if (table !== undefined) {
    const line = (cells: readonly Cell[]): string =>
      `| ${cells.map((cell) => escaped(cell === null ? '–' : String(cell))).join(' | ')} |`
    blocks.push([line(table.head), line(table.head.map(() => '---')), ...table.rows.map(line)].join('\n'))
  }
  if (lines.length > 0) blocks.push(lines.map((text) => `- ${escaped(text)}`).join('\n'))
  return blocks.join('\n\n')
}

/** What Markdown or HTML would read as its own; findings carry text from imported tables. */
const escaped = (text: string): string => text.replaceAll(/[\\|<>*_`[\]]/g, '\\$&').replaceAll('\n', ' ')
