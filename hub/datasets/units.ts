/** Units a table may bring instead of the recipe's own; all of one kind are linear in each other. */

type Unit = {
  /** As the command line names it. */
  readonly symbol: string
  readonly name: string
  readonly kind: string
  /** value in this unit = value in the kind's base unit * per + shift. */
  readonly per: number
  readonly shift: number
}

const TABLE: readonly (readonly [kind: string, symbol: string, name: string, per: number, shift?: number])[] =
  [
    ['temperature', 'C', 'degrees Celsius', 1],
    ['temperature', 'K', 'kelvin', 1, 273.15],
    ['temperature', 'F', 'degrees Fahrenheit', 1.8, 32],
    ['temperature', 'dC', 'tenths of a degree', 10],
    ['pressure', 'hPa', 'hectopascal', 1],
    ['pressure', 'mbar', 'millibar', 1],
    ['pressure', 'Pa', 'pascal', 100],
    ['pressure', 'kPa', 'kilopascal', 0.1],
    ['pressure', 'inHg', 'inches of mercury', 1 / 33.8639],
    ['pressure', 'mmHg', 'millimetres of mercury', 1 / 1.33322],
    ['speed', 'm/s', 'metres a second', 1],
    ['speed', 'km/h', 'kilometres an hour', 3.6],
    ['speed', 'kn', 'knots', 1 / 0.514444],
    ['speed', 'mph', 'miles an hour', 1 / 0.44704],
    ['share', '%', 'per cent', 100],
    ['share', '1', 'a fraction of one', 1],
    ['length', 'mm', 'millimetres', 1],
    ['length', 'cm', 'centimetres', 0.1],
    ['length', 'in', 'inches', 1 / 25.4],
    ['energy', 'kWh', 'kilowatt hours', 1],
    ['energy', 'Wh', 'watt hours', 1_000],
    ['energy', 'MWh', 'megawatt hours', 0.001],
    ['energy', 'MJ', 'megajoules', 3.6],
    ['power', 'kW', 'kilowatts', 1],
    ['power', 'W', 'watts', 1_000],
  ]

const UNITS: readonly Unit[] = TABLE.map(([kind, symbol, name, per, shift = 0]) => ({
  kind,
  symbol,
  name,
  per,
  shift,
}))

export type Conversion = { readonly from: Unit; readonly to: Unit }

/** Null when one of the two is unknown or they measure different things. */
export function findConversion(from: string, to: string): Conversion | null {
  const [source, target] = [from, to].map((symbol) => UNITS.find((one) => one.symbol === symbol))
  if (source === undefined || target === undefined || source.kind !== target.kind) return null
  return { from: source, to: target }
}

/** The other units of the same kind. */
export function otherUnits(symbol: string): readonly Conversion[] {
  const to = UNITS.find((one) => one.symbol === symbol)
  if (to === undefined) return []
  const seen = (one: Unit): boolean => one.per === to.per && one.shift === to.shift
  return UNITS.filter((one) => one.kind === to.kind && !seen(one)).map((from) => ({ from, to }))
}

export const unitSymbols = (symbol: string): string =>
  otherUnits(symbol)
    .map(({ from }) => from.symbol)
    .join(', ')

/** SQL that converts the expression; steps that change nothing are left out, so that a value stays what it was. */
export function conversionSql(expression: string, { from, to }: Conversion): string {
  const shifted = from.shift === 0 ? expression : `(${expression} - ${from.shift}::DOUBLE)`
  const factor = to.per / from.per
  const scaled =
    factor === 1
      ? shifted
      : factor > 1
        ? `(${shifted} * ${factor}::DOUBLE)`
        : `(${shifted} / ${from.per / to.per}::DOUBLE)`
  return to.shift === 0 ? scaled : `(${scaled} + ${to.shift}::DOUBLE)`
}
