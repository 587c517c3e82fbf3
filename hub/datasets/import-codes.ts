/** Why a table is refused. Nothing of a refused table is stored. */
import type { Refusal, Result } from '@fleetcast/shared/result.ts'

export type ImportCode =
  | 'dataset/notCsv'
  | 'dataset/missingColumn'
  | 'dataset/badTime'
  | 'dataset/badNumber'
  | 'dataset/unknownStation'
  | 'dataset/unitsOutOfRange'
  | 'dataset/tooLarge'
  | 'dataset/empty'

export type ImportResult<T> = Result<T, Refusal<ImportCode>>

/** Where in the table: the row counts lines of data from 1, the header is row 0. */
export const placeIn = (row: number, column: string): string => `row ${row}, column ${column}`
