/** Sites, devices, and what arrived from them. */
import type { StatusRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import type { Kit } from '../kit.ts'

export function fleetTables(k: Kit) {
  const sites = k.table('sites', {
    id: k.text('id').primaryKey(),
    latitude: k.real('latitude').notNull(),
    longitude: k.real('longitude').notNull(),
  })
  const devices = k.table('devices', {
    id: k.text('id').primaryKey(),
    site: k.text('site').notNull(),
    /** What the station measures and forecasts; given to it when it enrols. */
    recipe: k.text('recipe').notNull().default('temperature-24h'),
    latitude: k.real('latitude').notNull(),
    longitude: k.real('longitude').notNull(),
    joinSecretHash: k.text('join_secret_hash'),
    /** Until when the join secret works. */
    joinUntil: k.epochMs('join_until'),
    /** The key on record: base64 SPKI of the device's own P-256 key; a certificate or report of another key is refused. */
    publicKey: k.text('public_key'),
    certificateUntil: k.epochMs('certificate_until'),
    revokedAt: k.epochMs('revoked_at'),
    createdAt: k.epochMs('created_at').notNull(),
    enrolledAt: k.epochMs('enrolled_at'),
    /** Wall time of the last message; event time of the newest reading. */
    lastSeenAt: k.epochMs('last_seen_at'),
    lastReadingAt: k.epochMs('last_reading_at'),
    isConnected: k.boolean('is_connected').notNull().default(false),
    status: k.json<StatusRecord>('status'),
  })
  /** Counters of each device's telemetry; every message up to `watermark` is durable here. */
  const streams = k.table('streams', {
    device: k.text('device').primaryKey(),
    watermark: k.counter('watermark').notNull().default(0),
    accepted: k.counter('accepted').notNull().default(0),
    duplicates: k.counter('duplicates').notNull().default(0),
    rejected: k.counter('rejected').notNull().default(0),
    lost: k.counter('lost').notNull().default(0),
  })
  const telemetry = k.table(
    'telemetry',
    {
      id: k.serial('id'),
      device: k.text('device').notNull(),
      sequence: k.counter('sequence').notNull(),
      receivedAt: k.epochMs('received_at').notNull(),
      body: k.bytes('body').notNull(),
    },
    (t) => [k.uniqueIndex('telemetry_device_sequence').on(t.device, t.sequence)],
  )
  /** How far a reader of `telemetry` has come. */
  const cursors = k.table('cursors', {
    name: k.text('name').primaryKey(),
    position: k.counter('position').notNull(),
  })
  const quarantine = k.table('quarantine', {
    id: k.serial('id'),
    at: k.epochMs('at').notNull(),
    topic: k.text('topic').notNull(),
    client: k.text('client').notNull(),
    code: k.text('code').notNull(),
    message: k.text('message').notNull(),
    sample: k.bytes('sample').notNull(),
  })
  const events = k.table('events', {
    id: k.serial('id'),
    at: k.epochMs('at').notNull(),
    eventTime: k.epochMs('event_time'),
    source: k.text('source').notNull(),
    subject: k.text('subject').notNull(),
    code: k.text('code').notNull(),
    severity: k.text('severity').notNull(),
    message: k.text('message').notNull(),
  })
  const settings = k.table('settings', {
    name: k.text('name').primaryKey(),
    value: k.json<unknown>('value').notNull(),
  })
  return { sites, devices, streams, telemetry, cursors, quarantine, events, settings }
}
