/** Debian's mosquitto on a free port, with exactly the files that `fleetcast hub broker-config mosquitto` writes. */
import { spawn, type ChildProcess } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import type { DeviceId } from '@fleetcast/shared/ids.ts'
import { openAuthorityFiles } from '../../../hub/adapters/authority-files.ts'
import { openHubClient } from '../../../hub/adapters/hub-client-files.ts'
import { writeMosquittoFolder } from '../../../hub/adapters/mosquitto-folder.ts'
import type { LinkCredentials } from '../../../hub/adapters/mqtt-link.ts'
import { systemClock } from '../../../hub/adapters/system-clock.ts'
import type { Authority } from '../../../hub/devices/authority.ts'
import type { RevokedDevice } from '../../../hub/devices/revocation-list.ts'
import { newSerialNumber } from '../../../hub/devices/server-certificate.ts'
import { ALWAYS, newPrivateKey, publicKeyOf, signLeaf } from '../../../hub/devices/sign-certificate.ts'

export type Mosquitto = {
  readonly url: string
  readonly folder: string
  readonly authority: Authority
  readonly hub: LinkCredentials
  /** Whoever runs the broker: he writes himself into its rules and may do whatever the hub may. */
  readonly operator: LinkCredentials
  /** Everything the broker logged. */
  readonly log: () => string
  readonly writeAgain: (revoked: readonly RevokedDevice[]) => Promise<void>
  /** Makes mosquitto read its files anew, and waits until it has. */
  readonly reload: () => Promise<void>
  readonly restart: () => Promise<void>
  readonly stop: () => Promise<void>
}

export async function startMosquitto(): Promise<Mosquitto> {
  const folder = await mkdtemp(join(tmpdir(), 'fleetcast-mosquitto-'))
  const { authority } = await openAuthorityFiles(join(folder, 'trust'), [])
  const port = await freePort()
  const out = join(folder, 'broker')
  const writeAgain = async (revoked: readonly RevokedDevice[]): Promise<void> => {
    await writeMosquittoFolder({ out, port, hostNames: [], authority, revoked, now: systemClock.now() })
    if (runsAsRoot) await appendFile(join(out, 'mosquitto.conf'), 'user root\n')
  }
  await writeAgain([])
  const operator = await operatorOf(authority)
  await appendFile(join(out, 'acl'), `\nuser ${OPERATOR}\ntopic readwrite fleetcast/v1/#\n`)
  let text = ''
  const start = async (): Promise<ChildProcess> => {
    const child = spawn('/usr/sbin/mosquitto', ['-c', join(out, 'mosquitto.conf')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    child.stderr.on('data', (part: Buffer) => (text += part.toString()))
    await until(
      async () => child.exitCode !== null || (await answers(port)),
      () => text,
    )
    if (child.exitCode !== null) throw new Error(`mosquitto did not start: ${text}`)
    return child
  }
  let child = await start()
  const end = async (): Promise<void> => {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await ended
  }
  return {
    url: `mqtts://localhost:${port}`,
    folder: out,
    authority,
    operator,
    hub: await openHubClient(join(folder, 'trust'), authority),
    log: () => text,
    writeAgain,
    reload: async () => {
      const before = text.split('Reloading config').length
      child.kill('SIGHUP')
      await until(
        async () => text.split('Reloading config').length > before,
        () => text,
      )
    },
    restart: async () => {
      await end()
      child = await start()
    },
    stop: async () => {
      await end()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const OPERATOR = '_operator'

async function operatorOf({ issuer, certificate }: Authority): Promise<LinkCredentials> {
  const privateKey = newPrivateKey()
  const own = await signLeaf(issuer, {
    ...ALWAYS,
    name: OPERATOR,
    publicKey: publicKeyOf(privateKey),
    serialNumber: newSerialNumber(),
    purpose: 'device',
    alternativeNames: [{ type: 'url', value: 'urn:fleetcast:operator' }],
  })
  return { certificate: own, privateKey, certificateAuthorities: [certificate] }
}

/** Started by root, mosquitto would become a user who may not read a temporary folder. */
const runsAsRoot = userInfo().uid === 0

export type DevicePapers = LinkCredentials & { readonly device: DeviceId; readonly publicKey: string }

/** A key and a certificate of this device, as enrolment would give it. */
export async function papersOf(authority: Authority, device: DeviceId): Promise<DevicePapers> {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const publicKey = keys.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
  const { pem } = await authority.issue(device, publicKey, systemClock.now())
  return {
    device,
    publicKey,
    certificate: pem,
    privateKey: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificateAuthorities: [authority.certificate],
  }
}

/** A bare MQTT client with these papers; rejects with the broker's or TLS's answer. */
export async function connectWith(
  url: string,
  { certificate, privateKey, certificateAuthorities }: LinkCredentials,
  options: IClientOptions = {},
): Promise<MqttClient> {
  const client = mqtt.connect(url, {
    protocolVersion: 4,
    clean: true,
    ca: [...certificateAuthorities],
    cert: certificate,
    key: privateKey,
    reconnectPeriod: 0,
    connectTimeout: 5_000,
    ...options,
  })
  await new Promise<void>((resolve, reject) => {
    client.once('connect', () => resolve())
    client.once('error', reject)
    client.once('close', () => reject(new Error('closed')))
  })
  client.removeAllListeners('error').on('error', () => {})
  return client
}

export async function until(
  isSo: () => Promise<boolean>,
  describe: () => string,
  seconds = 10,
): Promise<void> {
  const deadline = performance.now() + seconds * 1_000
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`did not come true: ${describe()}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true))
    socket.on('error', () => resolve(false)).on('connect', () => socket.destroy())
  })

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return port
}

export const readText = (path: string): Promise<string> => readFile(path, 'utf8')
