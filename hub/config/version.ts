/** Shown by the API and the command line. */
export const HUB_VERSION = '0.1.0'
