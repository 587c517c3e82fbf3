import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'

export type NamedVersion = { readonly recipe: string; readonly version: number }

/** `temperature-24h@3`: --version is the program's own flag. */
export function parseNamedVersion(named: string): Result<NamedVersion, Refusal<'release/badName'>> {
  const [, recipe, version] = /^([^@]{1,63})@([1-9]\d{0,8})$/.exec(named) ?? []
  return recipe === undefined
    ? refuse('release/badName', 'name the version as RECIPE@NUMBER, for example temperature-24h@3')
    : ok({ recipe, version: Number(version) })
}

export const modelPath = ({ recipe, version }: NamedVersion): string =>
  `/api/v1/models/${encodeURIComponent(recipe)}/${version}`
