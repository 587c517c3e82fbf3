/** Names and texts inside SQL: what a user wrote never becomes a part of the statement's grammar. */

/** A quoted identifier. */
export const sqlName = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** A quoted text. */
export const sqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`

export const sqlList = (items: readonly string[]): string => `[${items.join(', ')}]`

/** `IN (...)` of texts. */
export const sqlIn = (texts: readonly string[]): string => `IN (${texts.map(sqlText).join(', ')})`
