/** Every size on the wire has a name; a broker of any make carries messages below 128 kB. */
export const CONNECT_BYTES_MAX = 4_096
export const PUBLISH_BYTES_MAX = 131_072
export const CONTROL_BYTES_MAX = 8_192
export const TELEMETRY_BYTES_MAX = 32_768
export const TELEMETRY_RECORDS_MAX = 200
/** Rows of one record of readings: with 32 channels of the longest numbers it still fits into a message. */
export const READINGS_ROWS_MAX = 24
export const WANT_BYTES_MAX = 8_192
export const BLOCK_BYTES = 65_536
/** Blocks a device may ask for in one request: bounds what a slow reader can pin in the broker. */
export const BLOCK_WINDOW_MAX = 4
export const MANIFEST_BYTES_MAX = 65_536
export const BUNDLE_FILE_BYTES_MAX = 32 * 1024 * 1024
export const BUNDLE_FILES_MAX = 16
/** Signed metadata beyond one block comes in several; the roles' own limits are the client's. */
export const METADATA_BYTES_MAX = 4 * 1024 * 1024
/** A P-256 request with a long subject is about 700 characters. */
export const CERTIFICATE_REQUEST_BYTES_MAX = 4_096
/** Authorities and two roots, as the hub answers them. */
export const TRUST_FILE_BYTES_MAX = 262_144
