/** The trust file as this hub answers it; a join string pins these very bytes. */
import type { TrustFile } from '@fleetcast/shared/protocol/trust-file.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { Authority } from './authority.ts'

export type TrustPorts = {
  readonly authority: Authority
  /** The exact texts of both repositories' `1.root.json`; null before there are any. */
  readonly trustRoots: () => Promise<TrustRoots | null>
}

export type TrustRoots = { readonly directorRoot: string; readonly imageRoot: string }

/** UTF-8 bytes of the trust file. */
export async function trustFileBytes({
  authority,
  trustRoots,
}: TrustPorts): Promise<Result<Uint8Array, Refusal<'trust/notInitialised'>>> {
  const roots = await trustRoots()
  if (roots === null)
    return refuse(
      'trust/notInitialised',
      'this hub has no trust roots yet, so no device can join it; run "fleetcast trust init" first',
    )
  const file: TrustFile = {
    schema: 'fleetcast/trust/1',
    certificateAuthorities: [authority.certificate],
    directorRoot: roots.directorRoot,
    imageRoot: roots.imageRoot,
  }
  return ok(new TextEncoder().encode(JSON.stringify(file)))
}
