/** What makes a place's generated weather: numbers only, so that a climate can be read, compared and tuned. */

export type Climate = {
  /** Stations of one region feel the same weather systems, one after the other. */
  readonly region: 'east' | 'west'
  readonly annualMeanC: number
  readonly annualAmplitudeC: number
  /** Day of the year of the highest mean temperature. */
  readonly warmestDay: number
  /** Half of the day's range under a clear sky in summer and in winter. */
  readonly diurnalSummerC: number
  readonly diurnalWinterC: number
  /** Solar hour of the day's maximum. */
  readonly warmestHour: number
  /** Share of the region's air-mass changes that reaches the ground here. */
  readonly airMassShare: number
  /** Share of a front's fall in temperature that is felt here. */
  readonly frontShare: number
  /** Slow changes of the place itself (sea surface, soil, snow): standard deviation and memory. */
  readonly slowC: number
  readonly slowHours: number
  /** Fast changes (showers, breeze, cloud edges). */
  readonly fastC: number
  readonly fastHours: number
  /** Usual distance of the dew point below the day's mean temperature. */
  readonly drynessC: number
  readonly windMs: number
  /** Depth of the pool of cold air that builds under high pressure in winter; 0 where air drains away. */
  readonly coldPoolC: number
}

/** Strong fronts, large changes from day to day, quick return to the seasonal mean: yesterday is a poor guide. */
export const CONTINENTAL: Climate = {
  region: 'east',
  annualMeanC: 12.5,
  annualAmplitudeC: 12,
  warmestDay: 203,
  diurnalSummerC: 5,
  diurnalWinterC: 3,
  warmestHour: 15,
  airMassShare: 1,
  frontShare: 1,
  slowC: 0.8,
  slowHours: 72,
  fastC: 0.8,
  fastHours: 3,
  drynessC: 6.5,
  windMs: 4.6,
  coldPoolC: 0,
}

/** Beside a cool ocean: small changes, so that yesterday is hard to beat for a model that expects fronts. */
export const MARITIME: Climate = {
  region: 'west',
  annualMeanC: 11.5,
  annualAmplitudeC: 7.5,
  warmestDay: 222,
  diurnalSummerC: 3,
  diurnalWinterC: 1.5,
  warmestHour: 14,
  airMassShare: 0.35,
  frontShare: 0.25,
  slowC: 1.1,
  slowHours: 120,
  fastC: 1.8,
  fastHours: 4,
  drynessC: 3,
  windMs: 4.2,
  coldPoolC: 0,
}

/** Between mountains: hot days, cold nights, pools of cold air in winter. */
export const VALLEY: Climate = {
  region: 'west',
  annualMeanC: 11.5,
  annualAmplitudeC: 11,
  warmestDay: 205,
  diurnalSummerC: 8,
  diurnalWinterC: 3.5,
  warmestHour: 16,
  airMassShare: 0.45,
  frontShare: 0.4,
  slowC: 1.9,
  slowHours: 200,
  fastC: 1.6,
  fastHours: 4,
  drynessC: 9,
  windMs: 2.8,
  coldPoolC: 6,
}
