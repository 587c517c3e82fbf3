/** Block requests go out on the connection of the moment, blocks come in through the mailbox. */
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { BlockSource } from '../update/download-blocks.ts'
import type { ConnectionLoop } from './connection-loop.ts'
import type { Mailbox } from './mailbox.ts'

export const createBlockSource = (
  { clock, log }: { clock: Clock; log: Log },
  { connection, mailbox }: { connection: Pick<ConnectionLoop, 'whenConnected'>; mailbox: Mailbox },
): BlockSource => ({
  request: async (request, signal) => {
    const current = await connection.whenConnected(signal)
    try {
      await current?.publish('request', JSON.stringify(request), 0)
    } catch (cause) {
      // A request that was lost looks like one without an answer: it is made again.
      log.info({ cause: String(cause) }, 'a block request was lost')
    }
  },
  take: async (patience, signal) => {
    const timer = new AbortController()
    void clock.sleep(patience, timer.signal).then(() => timer.abort())
    const block = await mailbox.takeBlock(AbortSignal.any([signal, timer.signal]))
    timer.abort()
    return block
  },
})
