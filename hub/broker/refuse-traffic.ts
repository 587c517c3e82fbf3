/** How a refusal is told: who it was, as far as that is proved, and a sample of what it was. */
import type { Client, Connection } from 'aedes'
import type { Refusal } from '@fleetcast/shared/result.ts'
import type { BrokerPorts } from './broker-ports.ts'
import type { Connections } from './connections.ts'

const SAMPLE_BYTES_MAX = 512
const TEXT_MAX = 200

export type RefusedPacket = Refusal & {
  readonly topic?: string
  readonly payload?: Uint8Array | string
  /** The id in a CONNECT that has not been checked yet. */
  readonly claimed?: string
}

/** Tells what was refused. A name that nobody has proved is not counted against the device that has it. */
export function refuseTraffic(
  { refused, connections }: Pick<BrokerPorts, 'refused'> & { readonly connections: Connections },
  client: Client | null,
  { code, message, topic = '', payload = '', claimed = client?.id ?? '' }: RefusedPacket,
): void {
  refused({
    client: connections.addressOf(client)?.device ?? describeStranger(client?.conn, claimed),
    topic: topic.slice(0, TEXT_MAX),
    code,
    message,
    sample: Buffer.from(payload).subarray(0, SAMPLE_BYTES_MAX),
  })
}

/** `stranger at 10.0.0.7 who says sta-1`. */
export function describeStranger(connection: Connection | undefined, claimed: string): string {
  const address =
    connection !== undefined && 'remoteAddress' in connection ? connection.remoteAddress : undefined
  const place = `stranger at ${address ?? 'an unknown address'}`
  return (claimed === '' ? place : `${place} who says ${claimed}`).slice(0, TEXT_MAX)
}
