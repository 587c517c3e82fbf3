/** The comparisons that several steps of the workflow make. */
import { TrustError } from './trust-error.ts'

export const missing = (role: string): TrustError =>
  new TrustError('trust/missing', role, { message: 'the repository has no such file' })

export function refuseOlder(name: string, version: number, before: number): void {
  if (version < before)
    throw new TrustError('trust/rollback', name, { message: `version ${version} is older than ${before}` })
}

export function refuseOtherVersion(role: string, version: number, named: number): void {
  if (version !== named)
    throw new TrustError('trust/mismatch', role, { message: `version ${version} where ${named} is named` })
}

/** Null for what is refused: a stored file that no longer holds is fetched again. */
export function attempt<T>(open: () => T): T | null {
  try {
    return open()
  } catch (cause) {
    if (cause instanceof TrustError) return null
    throw cause
  }
}
