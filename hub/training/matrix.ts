/** A feature matrix, column-major: value of row i and column j is `data[j * rows + i]`; NaN where it is missing. */
export type Matrix = { readonly rows: number; readonly columns: number; readonly data: Float32Array }

export const columnOf = ({ rows, data }: Matrix, column: number): Float32Array =>
  data.subarray(column * rows, (column + 1) * rows)

/** The given rows, in the given order. */
export function selectRows({ rows, columns, data }: Matrix, selected: Int32Array): Matrix {
  const out = new Float32Array(selected.length * columns)
  for (let j = 0; j < columns; j++) {
    const from = j * rows
    const to = j * selected.length
    for (let i = 0; i < selected.length; i++) out[to + i] = data[from + selected[i]!]!
  }
  return { rows: selected.length, columns, data: out }
}

/** The given columns, in the given order. */
export function selectColumns(matrix: Matrix, selected: Int32Array): Matrix {
  const { rows } = matrix
  const data = new Float32Array(rows * selected.length)
  selected.forEach((column, j) => data.set(columnOf(matrix, column), j * rows))
  return { rows, columns: selected.length, data }
}

export function selectValues(values: Float32Array, selected: Int32Array): Float32Array {
  const out = new Float32Array(selected.length)
  for (let i = 0; i < selected.length; i++) out[i] = values[selected[i]!]!
  return out
}
