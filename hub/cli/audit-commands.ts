/** The audit log from the command line: read, export, and check the chain. */
import type { Command } from 'commander'
import { AuditEntry, endChain, followChain, startChain, type ChainState } from '../access/audit-chain.ts'
import { err, ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { Api } from '../ports/api.ts'
import type { AccessContext } from './access-commands.ts'
import { optionsOf, report } from './command-context.ts'
import { textTable } from './text-table.ts'

const PAGE = 1_000

export function addAuditCommands(program: Command, context: AccessContext): void {
  const audit = program
    .command('audit')
    .description('who did what, in a log that only grows (for administrators)')
  audit
    .command('list')
    .description('the newest entries, newest last')
    .option('--limit <n>', 'how many', '50')
    .action(async (_options: unknown, command: Command) => {
      const { hub, json, limit } = optionsOf<{ limit: string }>(command)
      const path = `/api/v1/audit?before=${Number.MAX_SAFE_INTEGER}&limit=${encodeURIComponent(limit)}`
      const result = await context.connect(hub).get<AuditEntry[]>(path)
      report(context, { result, isJson: json === true, show: (entries) => auditTable(entries.toReversed()) })
    })
  audit
    .command('export')
    .description('every entry as a line of JSON, oldest first')
    .option('--out <file>', 'a file (0600) instead of standard output')
    .action(async (_options: unknown, command: Command) => {
      const { hub, json, out } = optionsOf<{ out?: string }>(command)
      const result = await exportAudit(context, hub, out)
      if (result.ok && out === undefined) return
      const show = (count: number): string => `${count} entries are in ${out}`
      report(context, { result, isJson: json === true, show })
    })
  audit
    .command('verify')
    .description('check that nothing was changed, removed, inserted or cut off')
    .option('--file <file>', 'an exported file instead of the hub')
    .option('--head <hash>', 'a head hash noted earlier: finds entries that were cut off since')
    .addHelpText(
      'after',
      '\nWho can write the database can also make a whole new chain: note the head hash elsewhere and give it with --head.',
    )
    .action(async (_options: unknown, command: Command) => {
      const { hub, json, file, head } = optionsOf<{ file?: string; head?: string }>(command)
      const entries = file === undefined ? hubEntries(context.connect(hub)) : fileEntries(context, file)
      const result = await verifyAudit(entries, head ?? null)
      const show = ({ count, head: last }: { count: number; head: string }): string =>
        `${count} entries, none changed, removed or inserted; head ${last}`
      report(context, { result, isJson: json === true, show })
    })
}

type Entries = AsyncIterable<Result<AuditEntry, Refusal>>

/** Follows the chain to its end, or to the first entry that is broken. */
export async function verifyAudit(
  entries: Entries,
  notedHead: string | null,
): Promise<Result<{ readonly count: number; readonly head: string }, Refusal>> {
  let state: ChainState = startChain(notedHead)
  for await (const entry of entries) {
    if (!entry.ok) return entry
    const next = followChain(state, entry.value, notedHead)
    if (!next.ok) return next
    state = next.value
  }
  const end = endChain(state)
  return end.ok ? ok({ count: state.count, head: state.head }) : end
}

async function* hubEntries(api: Api): Entries {
  let after = 0
  for (;;) {
    const page = await api.get<AuditEntry[]>(`/api/v1/audit?after=${after}&limit=${PAGE}`)
    if (!page.ok) {
      yield page
      return
    }
    for (const entry of page.value) yield ok(entry)
    if (page.value.length < PAGE) return
    after = page.value.at(-1)?.sequence ?? after
  }
}

async function* fileEntries({ lineFiles }: AccessContext, file: string): Entries {
  let number = 0
  for await (const line of lineFiles.read(file)) {
    number++
    if (line.trim() === '') continue
    const entry = parseLine(line)
    yield entry ?? refuse('audit/badLine', `line ${number} of ${file} is no entry of an audit log`)
  }
}

function parseLine(line: string): Result<AuditEntry, Refusal> | null {
  try {
    const parsed = AuditEntry.safeParse(JSON.parse(line))
    return parsed.success ? ok(parsed.data) : null
  } catch (cause) {
    if (cause instanceof SyntaxError) return null
    throw cause
  }
}

async function exportAudit(
  context: AccessContext,
  hub: string,
  out: string | undefined,
): Promise<Result<number, Refusal>> {
  let count = 0
  let refusal: Refusal | null = null
  async function* lines(): AsyncIterable<string> {
    for await (const entry of hubEntries(context.connect(hub))) {
      if (!entry.ok) {
        refusal = entry.error
        return
      }
      count++
      yield JSON.stringify(entry.value)
    }
  }
  if (out === undefined) for await (const line of lines()) context.terminal.out(line)
  else await context.lineFiles.write(out, lines())
  return refusal === null ? ok(count) : err(refusal)
}

const auditTable = (entries: readonly AuditEntry[]): string =>
  textTable(
    ['ENTRY', 'AT', 'WHO', 'DID', 'ON', 'WITH'],
    entries.map((entry) => [
      entry.sequence,
      `${new Date(entry.at).toISOString().slice(0, 19)}Z`,
      entry.actor,
      entry.action,
      entry.subject,
      JSON.stringify(entry.details).slice(0, 120),
    ]),
  )
