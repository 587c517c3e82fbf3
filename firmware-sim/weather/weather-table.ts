import { WEATHER_COLUMNS, type WeatherRow } from './generate-weather.ts'

/** Header of the airports' table. */
export const WEATHER_HEADER = `station,time_utc,${WEATHER_COLUMNS.join(',')}\n`

/** One line of it. */
export const weatherLine = ({ station, at, values }: WeatherRow): string =>
  `${station},${new Date(at).toISOString().slice(0, 16)}Z,${WEATHER_COLUMNS.map((column) => values[column]).join(',')}\n`
