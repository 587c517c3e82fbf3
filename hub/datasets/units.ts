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

const unit = (kind: string, symbol: string, name: string, per: number, shift = 0): Unit => ({
  kind,
  symbol,
  name,
  per,
  shift,
}) // oxlint-disable-line max-params -- a table of five columns

const UNITS: readonly Unit[] = [
  unit('temperature', 'C', 'degrees Celsius', 1),
  unit('temperature', 'K', 'kelvin', 1, 273.15),
  unit('temperature', 'F', 'degrees Fahrenheit', 1.8, 32),
  unit('temperature', 'dC', 'tenths of a degree', 10),
  unit('pressure', 'hPa', 'hectopascal', 1),
  unit('pressure', 'mbar', 'millibar', 1),
  unit('pressure', 'Pa', 'pascal', 100),
  unit('pressure', 'kPa', 'kilopascal', 0.1),
  unit('pressure', 'inHg', 'inches of mercury', 1 / 33.8639),
  unit('pressure', 'mmHg', 'millimetres of mercury', 1 / 1.33322),
  unit('speed', 'm/s', 'metres a second', 1),
  unit('speed', 'km/h', 'kilometres an hour', 3.6),
  unit('speed', 'kn', 'knots', 1 / 0.514444),
  unit('speed', 'mph', 'miles an hour', 1 / 0.44704),
  unit('share', '%', 'per cent', 100),
  unit('share', '1', 'a fraction of one', 1),
  unit('length', 'mm', 'millimetres', 1),
  unit('length', 'cm', 'centimetres', 0.1),
  unit('length', 'in', 'inches', 1 / 25.4),
  unit('energy', 'kWh', 'kilowatt hours', 1),
  unit('energy', 'Wh', 'watt hours', 1_000),
  unit('energy', 'MWh', 'megawatt hours', 0.001),
  unit('energy', 'MJ', 'megajoules', 3.6),
  unit('power', 'kW', 'kilowatts', 1),
  unit('power', 'W', 'watts', 1_000),
]

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
