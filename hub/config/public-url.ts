/** Where people and stations find this hub. */
import type { HubConfig } from './config.ts'

export const LOOPBACK_HOSTS = ['127.0.0.1', 'localhost', '::1'] as const
const ANY_HOST = ['0.0.0.0', '::']

export const isLoopback = (host: string): boolean => (LOOPBACK_HOSTS as readonly string[]).includes(host)

/** True for a host name that listens everywhere and so names no place. */
export const isAnyHost = (host: string): boolean => ANY_HOST.includes(host)

/** Without a slash at the end; `--public-url` when it was given. */
export function publicUrlOf({
  publicUrl,
  tls,
  host,
  httpPort,
}: Pick<HubConfig, 'publicUrl' | 'tls' | 'host' | 'httpPort'>): string {
  if (publicUrl !== null) return publicUrl
  const name = host.includes(':') ? `[${host}]` : host
  return `${tls === null ? 'http' : 'https'}://${name}:${httpPort}`
}

/** Whether browsers come over TLS: it decides the name of the cookie, so it is asked in one place. */
export const isHttps = (config: Parameters<typeof publicUrlOf>[0]): boolean =>
  publicUrlOf(config).startsWith('https:')
