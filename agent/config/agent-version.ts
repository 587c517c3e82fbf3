/** Reported by every status; raised with each release. */
export const AGENT_VERSION = '0.1.0'
