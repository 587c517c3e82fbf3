import pino from 'pino'
import type { Log } from '../ports/log.ts'

/** Names under which a secret would stand; nothing should log them, and if something does, its value is left out. */
const SECRET_NAMES = [
  'authorization',
  'cookie',
  'password',
  'newPassword',
  'passwordHash',
  'secret',
  'token',
  'csrfToken',
  'privateKey',
  'joinString',
  'link',
]

/** JSON lines; causes are written with their stacks, but without the values of a failed query. */
export function createLog(level: string, destination: pino.DestinationStream = pino.destination(2)): Log {
  const logger = pino(
    {
      level,
      serializers: { cause: (cause: Error) => withoutValues(pino.stdSerializers.err(cause)) },
      redact: { paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`]), censor: '(left out)' },
    },
    destination,
  )
  return {
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  }
}

/** The database library puts the values of a query behind "params:" into its messages. */
function withoutValues(cause: unknown): unknown {
  const text = JSON.stringify(cause)
  if (text === undefined) return cause
  return JSON.parse(text, (name, value: unknown) => {
    if (name === 'params') return '(left out)'
    return typeof value === 'string' ? value.replace(/\nparams: [^\n]*/g, '\nparams: (left out)') : value
  }) as unknown
}
