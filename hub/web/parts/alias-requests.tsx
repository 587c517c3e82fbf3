/** Changes of protected aliases that wait for a second person. */
import { useState } from 'preact/hooks'
import type { AliasRequestResource } from '../../api/resources/alias.ts'
import { signedIn } from '../ask.ts'
import { now } from '../data.ts'
import { ago } from '../format.ts'
import { Confirm, type Confirmed } from './confirm.tsx'
import { RoleButton, RoleNote } from './role-button.tsx'

type AliasRequestsProps = {
  readonly requests: readonly AliasRequestResource[]
  readonly onChanged: () => void
}

export function AliasRequests({ requests, onChanged }: AliasRequestsProps) {
  const [confirmed, setConfirmed] = useState<Confirmed | null>(null)
  if (requests.length === 0) return null
  const decide = (request: AliasRequestResource, verb: 'approve' | 'reject', title: string): void =>
    setConfirmed({
      title,
      explanation: `${request.requestedBy} asks for this: ${aliasOf(request)} ${changeOf(request)}.`,
      path: `/api/v1/alias-requests/${request.id}/${verb}`,
      needsReason: true,
      body: {},
      onDone: onChanged,
    })
  return (
    <section>
      <p class="row">
        <h2>Waiting for a second person</h2>
        <RoleNote role="releaser" />
      </p>
      <div class="scroll" tabIndex={0} role="region" aria-label="Requests for protected aliases">
        <table class="middle">
          <thead>
            <tr>
              <th>Alias</th>
              <th>Change</th>
              <th>Asked by</th>
              <th>Why</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {requests.map((request) => (
              <tr key={request.id}>
                <td>{aliasOf(request)}</td>
                <td>{changeOf(request)}</td>
                <td>
                  {request.requestedBy} <span class="quiet">{ago(request.requestedAt, now.value)}</span>
                </td>
                <td class="wrap">{request.reason}</td>
                <td class="number">
                  <Decisions request={request} onDecide={decide} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {confirmed === null ? null : <Confirm what={confirmed} onClose={() => setConfirmed(null)} />}
    </section>
  )
}

type DecisionsProps = {
  readonly request: AliasRequestResource
  readonly onDecide: (request: AliasRequestResource, verb: 'approve' | 'reject', title: string) => void
}

/** Whoever asked may only take it back. */
function Decisions({ request, onDecide }: DecisionsProps) {
  if (request.requestedBy === signedIn()?.user)
    return (
      <>
        <span class="quiet">somebody else has to agree</span>{' '}
        <RoleButton role="releaser" onClick={() => onDecide(request, 'reject', 'Take back')}>
          Take back
        </RoleButton>
      </>
    )
  return (
    <>
      <RoleButton role="releaser" onClick={() => onDecide(request, 'approve', 'Approve')}>
        Approve
      </RoleButton>{' '}
      <RoleButton role="releaser" isDanger onClick={() => onDecide(request, 'reject', 'Reject')}>
        Reject
      </RoleButton>
    </>
  )
}

const aliasOf = ({ recipe, name }: AliasRequestResource): string => `${recipe}@${name}`

const CHANGE: Record<AliasRequestResource['kind'], string> = {
  set: 'becomes',
  restore: 'returns to',
  remove: 'is removed',
}

const changeOf = ({ kind, to }: AliasRequestResource): string =>
  to === null ? CHANGE[kind] : `${CHANGE[kind]} version ${to.version}`
