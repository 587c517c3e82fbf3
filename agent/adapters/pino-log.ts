import pino from 'pino'
import type { Log } from '../ports/log.ts'

/** JSON lines on standard error; causes are written with their stacks. */
export function createPinoLog(level: string): Log {
  const logger = pino({ level, serializers: { cause: pino.stdSerializers.err } }, pino.destination(2))
  return {
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  }
}

/** For stations whose lines nobody reads. */
export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} }
