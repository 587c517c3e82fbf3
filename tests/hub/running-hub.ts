/** A whole hub in this process, on free ports and a folder of its own, with one site. */
import { fileURLToPath } from 'node:url'
import { decodeJoinString, type JoinTicket } from '@fleetcast/shared/protocol/join-string.ts'
import { HUB_DEFAULTS } from '../../hub/config/config.ts'
import { startHub } from '../../hub/start-hub.ts'
import { eventually, freePort, getJson, temporaryFolder } from '../e2e/programs.ts'

export type RunningHub = {
  readonly folder: string
  readonly httpPort: number
  readonly mqttPort: number
  readonly post: (path: string, body: unknown) => Promise<{ status: number; body: unknown }>
  /** A join string of a new device, and what is in it. */
  readonly announce: (device: string) => Promise<{ joinString: string; ticket: JoinTicket }>
  readonly stop: () => Promise<void>
}

export async function startRunningHub(): Promise<RunningHub> {
  const folder = temporaryFolder()
  const interrupted = new AbortController()
  const [httpPort, mqttPort] = [await freePort(), await freePort()]
  const running = startHub(
    { ...HUB_DEFAULTS, stateDir: folder.path, httpPort, mqttPort, logLevel: 'silent' },
    {
      folder: fileURLToPath(new URL('../../hub/dist', import.meta.url)),
      interrupted: interrupted.signal,
    },
  )
  const isUp = ({ status }: { status: string }): boolean => status === 'ok'
  await eventually(() => getJson<{ status: string }>(httpPort, '/healthz'), isUp, 20)
  const send = async (method: 'POST' | 'PUT', path: string, body: unknown) => {
    const answer = await fetch(`http://127.0.0.1:${httpPort}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { status: answer.status, body: (await answer.json()) as unknown }
  }
  const post: RunningHub['post'] = async (path, body) => await send('POST', path, body)
  await send('PUT', '/api/v1/sites/sea', { latitude: 47.45, longitude: -122.31 })
  return {
    folder: folder.path,
    httpPort,
    mqttPort,
    post,
    announce: async (device) => {
      const { body } = await post('/api/v1/devices', { id: device, site: 'sea' })
      const { joinString } = body as { joinString: string }
      const ticket = decodeJoinString(joinString)
      if (!ticket.ok) throw new Error(ticket.error.message)
      return { joinString, ticket: ticket.value }
    },
    stop: async () => {
      interrupted.abort()
      await running
      folder.remove()
    },
  }
}
