/** A few consecutive blocks of one file, asked for again until all are there or nothing answers. */
import type { Sha256 } from '@fleetcast/shared/ids.ts'
import type { Block, BlockRequest } from '@fleetcast/shared/protocol/blocks.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { ms, type DurationMs } from '@fleetcast/shared/units.ts'
import type { Clock } from '../ports/clock.ts'
import type { MinimumRate } from './minimum-rate.ts'

/** Where blocks come from; hides the connection and its loss. */
export type BlockSource = {
  /** Rejects when the connection ends. Waits for a connection first. */
  readonly request: (request: BlockRequest, signal: AbortSignal) => Promise<void>
  /** The next block of any file; null when none came in time. */
  readonly take: (patience: DurationMs, signal: AbortSignal) => Promise<Block | null>
}

export type BlockCode = 'download/stalled' | 'download/refused' | 'download/wrongSize' | 'download/tooSlow'

/** Requests in a row without any answer after which the hub counts as silent. */
const SILENT_REQUESTS_MAX = 3

export type BlockRun = {
  readonly digest: Sha256
  readonly from: number
  readonly count: number
  /** Says whether a block fits the file that is expected. */
  readonly fits: (block: Block) => boolean
}

export type BlockPorts = {
  readonly source: BlockSource
  readonly clock: Clock
  readonly requestTimeoutMs: number
  readonly rate: MinimumRate
}

export async function downloadBlocks(
  { source, clock, requestTimeoutMs, rate }: BlockPorts,
  run: BlockRun,
  signal: AbortSignal,
): Promise<Result<readonly Block[], Refusal<BlockCode>>> {
  const blocks = new Map<number, Block>()
  for (let silent = 0; silent < SILENT_REQUESTS_MAX && !signal.aborted;) {
    const request = firstMissing(run, blocks)
    if (request === null) return ok(Array.from({ length: run.count }, (_, i) => blocks.get(run.from + i)!))
    await source.request(request, signal)
    const had = blocks.size
    const askedAt = clock.monotonic()
    const deadline = askedAt + requestTimeoutMs
    const refusal = await collect(
      { source, clock, deadline },
      { run, blocks, until: had + request.count },
      signal,
    )
    if (refusal !== null) return refusal
    silent = blocks.size > had ? 0 : silent + 1
    const bytes = [...blocks.values()].slice(had).reduce((sum, block) => sum + block.bytes.length, 0)
    if (!rate.add(clock.monotonic() - askedAt, bytes))
      return refuse('download/tooSlow', 'the blocks come too slowly; the half file is kept and gone on with')
  }
  return refuse('download/stalled', 'the hub does not answer block requests; waiting and asking again')
}

async function collect(
  { source, clock, deadline }: { source: BlockSource; clock: Clock; deadline: number },
  { run, blocks, until }: { run: BlockRun; blocks: Map<number, Block>; until: number },
  signal: AbortSignal,
): Promise<Result<never, Refusal<BlockCode>> | null> {
  while (blocks.size < until) {
    const block = await source.take(ms(Math.max(0, deadline - clock.monotonic())), signal)
    if (block === null) return null
    if (block.digest !== run.digest) continue
    if (block.fileBytes === 0) return refuse('download/refused', 'the hub has no such file')
    if (block.index < run.from || block.index >= run.from + run.count) continue
    if (!run.fits(block))
      return refuse('download/wrongSize', 'a block does not have the size that was signed')
    blocks.set(block.index, block)
  }
  return null
}

/** The first run of indices that has not come yet. */
function firstMissing(
  { digest, from, count }: BlockRun,
  blocks: ReadonlyMap<number, Block>,
): BlockRequest | null {
  let start = from
  while (start < from + count && blocks.has(start)) start++
  if (start === from + count) return null
  let end = start + 1
  while (end < from + count && !blocks.has(end)) end++
  return { digest, from: start, count: end - start }
}
