import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createJoinPorts } from '@fleetcast/agent/adapters/node-ports.ts'
import { joinHub } from '@fleetcast/agent/enrolment/join-hub.ts'
import { encodeJoinString } from '@fleetcast/shared/protocol/enrolment.ts'
import { DeviceId } from '@fleetcast/shared/ids.ts'
import { enrolment } from '../fixtures/station-fixtures.ts'

let folder: string
let server: Server
let answer: { status: number; body: unknown }
let asked: unknown[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleetcast-join-'))
  answer = { status: 201, body: enrolment }
  asked = []
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      asked.push([request.url, JSON.parse(Buffer.concat(chunks).toString())])
      response.writeHead(answer.status).end(JSON.stringify(answer.body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rm(folder, { recursive: true })
})

const secret = 's'.repeat(43)
const joinString = (device = enrolment.device): string => {
  const { port } = server.address() as { port: number }
  return encodeJoinString({ hub: `http://127.0.0.1:${port}`, device, secret })
}
const enrolWith = async (text: string | null) => await joinHub(createJoinPorts(folder), text)

describe('enrolment', () => {
  test('trades the join string for credentials that only their owner can read', async () => {
    expect(await enrolWith(joinString())).toEqual({ ok: true, value: enrolment })
    expect(asked).toEqual([['/api/v1/enrol', { device: 'sea-1', secret }]])
    expect((await stat(join(folder, 'enrolment.json'))).mode & 0o777).toBe(0o600)
  })
  test('is done once: what is there is used again', async () => {
    await enrolWith(joinString())
    expect(await enrolWith(joinString())).toEqual({ ok: true, value: enrolment })
    expect(await enrolWith(null)).toEqual({ ok: true, value: enrolment })
    expect(asked.length).toBe(1)
  })
  test.each([
    ['enrolment/refused', { status: 403, body: { detail: 'this join string was used' } }],
    ['enrolment/badAnswer', { status: 200, body: { device: 'sea-1' } }],
    ['enrolment/badAnswer', { status: 200, body: { ...enrolment, device: 'sea-2' } }],
  ])('says %s, and stores nothing', async (code, given) => {
    answer = given
    expect(await enrolWith(joinString())).toMatchObject({ ok: false, error: { code } })
    expect(await enrolWith(null)).toMatchObject({ ok: false, error: { code: 'enrolment/none' } })
  })
  test('says that the hub does not answer', async () => {
    const text = encodeJoinString({ hub: 'http://127.0.0.1:1', device: enrolment.device, secret })
    expect(await enrolWith(text)).toMatchObject({ ok: false, error: { code: 'enrolment/hubUnreachable' } })
  })
  test('refuses the folder of another device', async () => {
    await enrolWith(joinString())
    expect(await enrolWith(joinString(DeviceId.parse('sea-2')))).toMatchObject({
      ok: false,
      error: { code: 'enrolment/otherDevice' },
    })
  })
  test('names a damaged file', async () => {
    await writeFile(join(folder, 'enrolment.json'), '{')
    await expect(enrolWith(null)).rejects.toThrow('enrolment.json is damaged')
  })
})
