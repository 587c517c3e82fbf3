/** A place on the ground, in degrees: north and east are positive. */
export type GeoPoint = { readonly latitude: number; readonly longitude: number }

/** Mean radius of the earth (IUGG), kilometres. */
const EARTH_RADIUS_KM = 6_371.0088

/** Great-circle distance in kilometres (haversine, exact to about 0.5 %: the earth is taken as a sphere). */
export function greatCircleKm(a: GeoPoint, b: GeoPoint): number {
  const north = toRadians(b.latitude - a.latitude)
  const east = toRadians(b.longitude - a.longitude)
  const h =
    Math.sin(north / 2) ** 2 +
    Math.cos(toRadians(a.latitude)) * Math.cos(toRadians(b.latitude)) * Math.sin(east / 2) ** 2
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(h)))
}

const toRadians = (degrees: number): number => (degrees * Math.PI) / 180
