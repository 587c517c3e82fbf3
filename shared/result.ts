/** An expected refusal is a value, not an exception. `E` is a plain union of codes. */
export type Result<T, E> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E }

export const ok = <T>(value: T): Result<T, never> => ({ ok: true, value })
export const err = <E>(error: E): Result<never, E> => ({ ok: false, error })

/** A refusal as people and programs read it: a stable code, a sentence that says what to do, and the place. */
export type Refusal<Code extends string = string> = {
  readonly code: Code
  readonly message: string
  readonly at?: string
}

export const refuse = <Code extends string>(
  code: Code,
  message: string,
  at?: string,
): Result<never, Refusal<Code>> => err(at === undefined ? { code, message } : { code, message, at })
