import { EventEmitter } from 'node:events'
import type { Aedes, Client } from 'aedes'
import { expect, test } from 'vitest'
import { createConnections } from '../../../hub/broker/connections.ts'
import { addressOf } from './broker-harness.ts'

const clientNamed = (id: string): Client =>
  Object.assign(new EventEmitter(), { id, closed: false }) as unknown as Client

test('the late end of a connection that was taken over says nothing about the device', () => {
  const told: string[] = []
  const connections = createConnections({
    log: { info: () => {}, warn: () => {}, error: () => {} },
    connection: ({ device }, isConnected) => told.push(`${device} ${isConnected}`),
  })
  const aedes = new EventEmitter()
  connections.follow(aedes as unknown as Aedes)
  const [old, young] = [clientNamed('sea-1'), clientNamed('sea-1')]
  for (const client of [old, young]) {
    connections.know(client, addressOf('sea-1'))
    aedes.emit('clientReady', client)
  }
  aedes.emit('clientDisconnect', old)
  expect(connections.clientOf('sea-1')).toBe(young)
  aedes.emit('clientDisconnect', young)
  expect(connections.clientOf('sea-1')).toBeUndefined()
  expect(told).toEqual(['sea-1 true', 'sea-1 true', 'sea-1 false'])
})
