/** Names and texts inside SQL: what a user wrote never becomes a part of the statement's grammar. */

/** A quoted identifier. */
export const sqlName = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** A quoted text. */
export const sqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`

export const sqlList = (items: readonly string[]): string => `[${items.join(', ')}]`

/**
 * Whether the expression is one of the items. Not `IN`: the engine turns a longer IN into a join, which is slower and loses the
 * order of the file's rows.
 */
export const sqlIsIn = (expression: string, items: readonly string[]): string =>
  `list_contains(${sqlList(items)}, ${expression})`
