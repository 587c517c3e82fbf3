/** Every way signed metadata can be refused. Thrown inside this folder, turned into a Result where it is left. */

export type MetadataCode =
  /** Not parsable, or a field outside what the specification allows. */
  | 'trust/badMetadata'
  /** Fewer valid signatures than the delegating role demands. */
  | 'trust/badSignature'
  /** Older than what was trusted before. */
  | 'trust/rollback'
  | 'trust/expired'
  /** The repository has no such file, or the snapshot does not list it. */
  | 'trust/missing'
  | 'trust/tooLarge'
  /** Other bytes or another version than the role above it names. */
  | 'trust/mismatch'
  | 'trust/tooManyRoles'
  /** Authentic, but made for another device. */
  | 'trust/wrongDevice'
  /** Authentic, but not an answer to this device's question, and there is no clock to judge its age by. */
  | 'trust/notFresh'

export type OrderCode =
  /** The director names a model that no release key has signed. */
  | 'trust/notReleased'
  /** Director and image repository describe different bytes. */
  | 'trust/differs'
  | 'trust/wrongHardware'
  /** The model's epoch lies below one that this device has committed to. */
  | 'trust/belowFloor'
  | 'trust/revoked'
  /** A target whose custom fields do not fit their schema. */
  | 'trust/badTarget'

export type TrustCode = MetadataCode | OrderCode

export class TrustError extends Error {
  readonly code: TrustCode
  /** The role or target that was refused. */
  readonly role: string
  constructor(code: TrustCode, role: string, why: { readonly message: string; readonly cause?: unknown }) {
    super(`${role}: ${why.message}`, 'cause' in why ? { cause: why.cause } : undefined)
    this.code = code
    this.role = role
  }
}

/** Runs a check of the metadata library and names its refusal. */
export function orRefuse<T>(code: TrustCode, role: string, check: () => T): T {
  try {
    return check()
  } catch (cause) {
    throw new TrustError(code, role, {
      message: cause instanceof Error ? cause.message : String(cause),
      cause,
    })
  }
}
