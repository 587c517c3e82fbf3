/** Relations between channels that hold everywhere. */

/** Saturation vapour pressure over water, hPa (Magnus formula, WMO No. 8, 2018 coefficients). */
export const saturationHpa = (celsius: number): number =>
  6.112 * Math.exp((17.62 * celsius) / (243.12 + celsius))

/** Relative humidity, %, at most 100. */
export const humidityOf = (temperatureC: number, dewPointC: number): number =>
  Math.min(100, (100 * saturationHpa(dewPointC)) / saturationHpa(temperatureC))

/** Mean solar hour, 0..24, from UTC and longitude. */
export const solarHour = (utcHour: number, longitude: number): number =>
  (((utcHour + longitude / 15) % 24) + 24) % 24
