import * as http from 'node:http'
import * as https from 'node:https'
import { rootCertificates } from 'node:tls'
import { TRUST_FILE_BYTES_MAX } from '@fleetcast/shared/protocol/limits.ts'
import type { HubHttp } from '../ports/hub-http.ts'

const TIMEOUT_MS = 20_000
/** An enrolment with its recipe is a few kB. */
const ANSWER_BYTES_MAX = TRUST_FILE_BYTES_MAX

/** Node's own client; a connection lasts for one call. */
export const httpsHub: HubHttp = {
  readUnverified: async (url) => await call(url, { rejectUnauthorized: false }),
  postJson: async (url, body, certificateAuthorities) => {
    const { status, bytes } = await call(
      url,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        ca: [...rootCertificates, ...certificateAuthorities],
        minVersion: 'TLSv1.2',
      },
      JSON.stringify(body),
    )
    return { status, body: JSON.parse(new TextDecoder().decode(bytes)) as unknown }
  },
}

function call(
  url: string,
  options: https.RequestOptions,
  body?: string,
): Promise<{ status: number; bytes: Uint8Array }> {
  const { request } = url.startsWith('https:') ? https : http
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  return new Promise((resolve, reject) => {
    const sent = request(url, { ...options, agent: false, signal }, (response) => {
      const parts: Buffer[] = []
      let length = 0
      response.on('data', (part: Buffer) => {
        parts.push(part)
        length += part.length
        if (length > ANSWER_BYTES_MAX)
          response.destroy(new Error(`the answer is longer than ${ANSWER_BYTES_MAX} bytes`))
      })
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, bytes: Buffer.concat(parts) }))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
