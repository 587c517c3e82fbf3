/** Positions (degrees north, east) of the stations of the public airport data; other tables bring a --sites file. */
export type SitePosition = { readonly id: string; readonly latitude: number; readonly longitude: number }

export const KNOWN_SITES: readonly SitePosition[] = [
  { id: 'ewr', latitude: 40.69, longitude: -74.17 },
  { id: 'jfk', latitude: 40.64, longitude: -73.78 },
  { id: 'lga', latitude: 40.78, longitude: -73.87 },
  { id: 'pdx', latitude: 45.59, longitude: -122.6 },
  { id: 'sea', latitude: 47.45, longitude: -122.31 },
]
