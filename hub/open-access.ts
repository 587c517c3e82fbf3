/** At start: who can enter. The demo's user with its token file, or a link for the first administrator. */
import { inviteAdministrator } from './access/administrator-link.ts'
import { closeDemoAccess, DEMO_USER, openDemoAccess } from './access/demo-user.ts'
import { readCredential, writeCredential } from './adapters/credentials-file.ts'
import type { ApiPorts } from './api/api-ports.ts'
import { invitationLink } from './api/routes/user-routes.ts'

type Ports = Pick<ApiPorts, 'access' | 'config' | 'hubUrl' | 'enrolment'>

/** Lines for the person at the terminal, with one-time links. */
export async function openAccess(ports: Ports): Promise<readonly string[]> {
  if (ports.config.isDemo) return [await openDemo(ports)]
  await closeDemoAccess(ports.access)
  const secret = await inviteAdministrator(ports.access)
  if (secret === null) return []
  return [
    'No administrator has a password yet. This link sets it; it works once, within 24 hours:',
    `  ${invitationLink(ports.hubUrl(), secret)}`,
  ]
}

async function openDemo({ access, config, hubUrl, enrolment }: Ports): Promise<string> {
  const file = config.credentialsOut
  const known = file === null ? null : await readCredential(file, hubUrl())
  const { linkSecret, token } = await openDemoAccess(access, known?.token ?? null)
  if (file !== null && token !== known?.token)
    await writeCredential(file, hubUrl(), {
      user: DEMO_USER,
      token,
      certificateAuthority: config.tls === 'fleet' ? enrolment.authority.certificate : undefined,
    })
  return `dashboard: ${hubUrl()}/#/enter/${linkSecret} (signs you in as the demo user; works once)`
}
