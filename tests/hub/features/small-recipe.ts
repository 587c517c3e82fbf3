import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'

const sensor = (name: string, min: number, max: number) => ({
  name,
  unit: 'x',
  column: name,
  min,
  max,
  stepMax: 100,
  flatlineReadings: null,
})

/** Every kind of feature once, on a window short enough to reason about. */
export const smallRecipe = (change: Partial<Recipe> = {}): Recipe =>
  Recipe.parse({
    schema: 'fleetcast/recipe/1',
    name: 'small',
    title: 'Small',
    cadenceMinutes: 60,
    channels: [sensor('temperature', -60, 60), sensor('pressure', 870, 1085)],
    siteChannels: ['latitude', 'longitude'],
    target: { channel: 'temperature', horizonSteps: 3 },
    windowSteps: 30,
    features: [
      { lag: 'temperature', steps: [0, 1, 24] },
      { lag: 'pressure', steps: [29] },
      { difference: 'temperature', steps: [1, 24] },
      { mean: 'temperature', steps: [3, 30] },
      { mean: 'pressure', steps: [24] },
      { range: 'temperature', steps: [6, 24] },
      { calendar: ['day', 'year'], harmonics: 2 },
      { sun: { hoursBefore: [0, 2] } },
      { site: ['latitude', 'longitude'] },
    ],
    training: { algorithms: ['ridge', 'gbdt'], seed: 3 },
    rollout: {
      stages: [{ name: 'all', share: 1 }],
      verifiedForecastsMin: 1,
      daysMin: 3,
      daysMax: 10,
      shadowDaysMin: 1,
      alpha: 0.05,
      marginToPersistence: 0.05,
      marginToChampion: 0.05,
      soakDays: 0,
    },
    ...change,
  })
