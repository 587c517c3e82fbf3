/** `fleetcast/v1/<site>/<device>/{dn,up}/<kind>`: MQTT 3.1.1, exact topics for devices, one wildcard level each for the hub. */
import { DeviceId, SiteId } from '../ids.ts'

export const UP_KINDS = ['telemetry', 'event', 'request'] as const
export const DOWN_KINDS = ['want', 'cmd', 'block', 'ack', 'metadata'] as const
export type UpKind = (typeof UP_KINDS)[number]
export type DownKind = (typeof DOWN_KINDS)[number]

export type DeviceAddress = { readonly site: SiteId; readonly device: DeviceId }
export type UpTopic = DeviceAddress & { readonly kind: UpKind }

export const downTopic = ({ site, device }: DeviceAddress, kind: DownKind): string =>
  `fleetcast/v1/${site}/${device}/dn/${kind}`

export const upTopic = ({ site, device }: DeviceAddress, kind: UpKind): string =>
  `fleetcast/v1/${site}/${device}/up/${kind}`

/** Reads a device's upward topic; null for anything else. */
export function parseUpTopic(topic: string): UpTopic | null {
  const [root, version, site, device, direction, kind, ...rest] = topic.split('/')
  if (root !== 'fleetcast' || version !== 'v1' || direction !== 'up' || rest.length > 0) return null
  const siteId = SiteId.safeParse(site)
  const deviceId = DeviceId.safeParse(device)
  const upKind = UP_KINDS.find((known) => known === kind)
  if (!siteId.success || !deviceId.success || upKind === undefined) return null
  return { site: siteId.data, device: deviceId.data, kind: upKind }
}
