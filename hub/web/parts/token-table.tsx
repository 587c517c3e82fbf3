import { useState } from 'preact/hooks'
import type { TokenResource } from '../../api/resources/access.ts'
import { now } from '../data.ts'
import { ago } from '../format.ts'
import { Chip } from './chip.tsx'
import { Confirm, type Confirmed } from './confirm.tsx'

type TokenTableProps = {
  readonly tokens: readonly TokenResource[]
  readonly onChanged: () => void
  readonly isOfEverybody?: boolean
}

/** Tokens with a way to revoke those that still work. */
export function TokenTable({ tokens, onChanged, isOfEverybody }: TokenTableProps) {
  const [confirmed, setConfirmed] = useState<Confirmed | null>(null)
  if (tokens.length === 0) return <p class="empty">No token yet; programs and the command line use them.</p>
  const revoke = (token: TokenResource): void =>
    setConfirmed({
      title: 'Revoke token',
      explanation: `${token.name} (${token.id}) of ${token.user} stops working at once and for good.`,
      path: `/api/v1/tokens/${token.id}/revoke`,
      needsReason: false,
      body: {},
      onDone: onChanged,
    })
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="API tokens">
      <table class="middle">
        <thead>
          <tr>
            {isOfEverybody === true ? <th>User</th> : null}
            <th>Name</th>
            <th>May do</th>
            <th>State</th>
            <th>Used</th>
            <th>Id</th>
            <th />
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <tr key={token.id}>
              {isOfEverybody === true ? <td>{token.user}</td> : null}
              <td>{token.name}</td>
              <td>{token.role}</td>
              <td>
                <TokenState token={token} />
              </td>
              <td>{ago(token.usedAt, now.value)}</td>
              <td>{token.id}</td>
              <td class="number">
                {token.revokedAt === null && token.expiresAt > now.value ? (
                  <button class="danger" onClick={() => revoke(token)}>
                    Revoke
                  </button>
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {confirmed === null ? null : <Confirm what={confirmed} onClose={() => setConfirmed(null)} />}
    </div>
  )
}

function TokenState({ token }: { token: TokenResource }) {
  if (token.revokedAt !== null) return <Chip tone="plain">■ revoked</Chip>
  if (token.expiresAt <= now.value) return <Chip tone="plain">○ expired</Chip>
  return <Chip tone="good">✓ until {new Date(token.expiresAt).toISOString().slice(0, 10)}</Chip>
}
