/** A whole hub in this process, on free ports and a folder of its own, with one site, asked as its administrator. */
import { decodeJoinString, type JoinTicket } from '@fleetcast/shared/protocol/join-string.ts'
import { bearer, JSON_TYPE, startTestHub } from './api/hub-process.ts'

export type RunningHub = {
  readonly folder: string
  readonly httpPort: number
  readonly mqttPort: number
  /** An administrator's. */
  readonly token: string
  readonly get: <T>(path: string) => Promise<T>
  readonly post: (path: string, body: unknown) => Promise<{ status: number; body: unknown }>
  /** A join string of a new device, and what is in it. */
  readonly announce: (device: string) => Promise<{ joinString: string; ticket: JoinTicket }>
  readonly stop: () => Promise<void>
}

export async function startRunningHub(): Promise<RunningHub> {
  const { config, adminToken, call, stop } = await startTestHub()
  const send = async (method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown) =>
    await call({
      method,
      path,
      headers: { ...bearer(adminToken), ...(body === undefined ? {} : JSON_TYPE) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  const post: RunningHub['post'] = async (path, body) => await send('POST', path, body)
  await send('PUT', '/api/v1/sites/sea', { latitude: 47.45, longitude: -122.31 })
  return {
    folder: config.stateDir,
    httpPort: config.httpPort,
    mqttPort: config.mqttPort,
    token: adminToken,
    get: async <T>(path: string) => (await send('GET', path)).body as T,
    post,
    announce: async (device) => {
      const { body } = await post('/api/v1/devices', { id: device, site: 'sea' })
      const { joinString } = body as { joinString: string }
      const ticket = decodeJoinString(joinString)
      if (!ticket.ok) throw new Error(ticket.error.message)
      return { joinString, ticket: ticket.value }
    },
    stop,
  }
}
