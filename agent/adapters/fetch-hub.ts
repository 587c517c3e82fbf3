import type { HubHttp } from '../ports/hub-http.ts'

const TIMEOUT_MS = 20_000
/** An enrolment with its recipe is a few kB. */
const ANSWER_CHARACTERS_MAX = 262_144

/** Enrolment over the platform's own fetch. */
export const fetchHub: HubHttp = {
  postJson: async (url, body) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const text = await response.text()
    if (text.length > ANSWER_CHARACTERS_MAX) throw new Error(`the answer has ${text.length} characters`)
    return { status: response.status, body: JSON.parse(text) as unknown }
  },
}
