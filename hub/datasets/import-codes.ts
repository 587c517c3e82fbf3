/** Why a table is refused. Nothing of a refused table is stored. */
import type { Refusal, Result } from '@fleetcast/shared/result.ts'

export type ImportCode =
  | 'dataset/notCsv'
  | 'dataset/notJson'
  | 'dataset/notParquet'
  | 'dataset/badMapping'
  | 'dataset/missingColumn'
  | 'dataset/badType'
  | 'dataset/badTime'
  | 'dataset/badNumber'
  | 'dataset/unknownStation'
  | 'dataset/unitsOutOfRange'
  | 'dataset/tooLarge'
  | 'dataset/empty'
  | 'dataset/cancelled'
  | 'dataset/crashed'
  | 'dataset/busy'

export type ImportResult<T> = Result<T, Refusal<ImportCode>>

/** Where in the table: rows of data count from 1, a header is row 0. */
export const placeIn = (row: number, column: string): string => `row ${row}, column ${column}`
