/** An attack is a function that throws an AssertionError when it succeeds; so the mutation runner can run it without a test framework. */
export type Attacks = Readonly<Record<string, () => Promise<void>>>
