/** Requests go out on the connection of the moment, blocks and metadata come in through the mailbox. */
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { MetadataChannel } from '../trust/metadata-source.ts'
import type { BlockSource } from '../update/download-blocks.ts'
import type { ConnectionLoop } from './connection-loop.ts'
import type { Mailbox } from './mailbox.ts'

type Ports = { readonly clock: Clock; readonly log: Log }
type Line = { readonly connection: Pick<ConnectionLoop, 'whenConnected'>; readonly mailbox: Mailbox }

export const createBlockSource = (ports: Ports, line: Line): BlockSource => ({
  request: async (request, signal) => await send(ports, { line, request }, signal),
  take: async (patience, signal) => await line.mailbox.blocks.take(ports.clock, patience, signal),
})

export const createMetadataChannel = (ports: Ports, line: Line): MetadataChannel => ({
  request: async (request, signal) => await send(ports, { line, request }, signal),
  take: async (patience, signal) => await line.mailbox.answers.take(ports.clock, patience, signal),
})

async function send(
  { log }: Ports,
  { line, request }: { line: Line; request: unknown },
  signal: AbortSignal,
): Promise<void> {
  const current = await line.connection.whenConnected(signal)
  try {
    await current?.publish('request', JSON.stringify(request), 0)
  } catch (cause) {
    // A request that was lost looks like one without an answer: it is made again.
    log.info({ cause: String(cause) }, 'a request was lost')
  }
}
