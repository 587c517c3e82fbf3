import type { ComponentChildren } from 'preact'
import type { Role } from '../../access/role.ts'
import { may, signedIn } from '../ask.ts'

type RoleButtonProps = {
  readonly role: Role
  readonly isDanger?: boolean
  /** For a reason of its own, which the page has to say. */
  readonly isDisabled?: boolean
  readonly onClick: () => void
  readonly children: ComponentChildren
}

/** A button that says what is missing when the user's role may not use it; the hub itself refuses it, too. */
export function RoleButton({ role, isDanger, isDisabled, onClick, children }: RoleButtonProps) {
  const isAllowed = may(role)
  const reason = isAllowed ? undefined : `needs the role ${role}; yours is ${signedIn()?.role ?? 'none'}`
  return (
    <button
      class={isDanger === true ? 'danger' : ''}
      disabled={!isAllowed || isDisabled === true}
      title={reason}
      onClick={onClick}
    >
      {children}
    </button>
  )
}

/** The same in words, since a disabled button shows its title to a mouse only. */
export function RoleNote({ role }: { role: Role }) {
  if (may(role)) return null
  return (
    <span class="quiet">
      needs the role {role}; yours is {signedIn()?.role ?? 'none'}
    </span>
  )
}
