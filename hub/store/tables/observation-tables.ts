/** What stations measured, as the hub came to know it: event time and arrival time apart, rows are only ever added. */
import type { Kit } from '../kit.ts'

export function observationTables(k: Kit) {
  const observations = k.table(
    'observations',
    {
      device: k.text('device').notNull(),
      recipe: k.text('recipe').notNull(),
      eventTime: k.epochMs('event_time').notNull(),
      /** 1 for what came first; a later arrival with other values is the next one. */
      revision: k.integer('revision').notNull(),
      /** Of the hub's clock, never going back: whoever reads as of a time finds the same rows for ever. */
      arrivedAt: k.epochMs('arrived_at').notNull(),
      /** Where the device stood when the reading arrived. */
      site: k.text('site').notNull(),
      /** As measured, by channel; null where nothing came. */
      measured: k.json<Readonly<Record<string, number | null>>>('measured').notNull(),
      /** What the station's quality control refused, by channel; null when nothing. */
      refused: k.json<Readonly<Record<string, string>> | null>('refused'),
    },
    (t) => [
      k.primaryKey({ columns: [t.device, t.recipe, t.eventTime, t.revision] }),
      k.index('observations_time').on(t.recipe, t.eventTime, t.device),
    ],
  )
  return { observations }
}
