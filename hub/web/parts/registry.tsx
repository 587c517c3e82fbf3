/** What the registry knows beside the versions themselves: open requests above them, the history of aliases below. */
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { AliasEntryResource, AliasRequestResource } from '../../api/resources/alias.ts'
import { ask } from '../ask.ts'
import { AliasHistory } from './alias-history.tsx'
import { AliasRequests } from './alias-requests.tsx'

type Shown = {
  readonly requests: readonly AliasRequestResource[]
  readonly histories: readonly { readonly recipe: string; readonly entries: readonly AliasEntryResource[] }[]
}

type RegistryProps = {
  readonly recipes: readonly string[]
  /** The newest event: every change of an alias is one, so it is read again when this changes. */
  readonly newestEvent: number
  /** The versions. */
  readonly children: ComponentChildren
}

export function Registry({ recipes, newestEvent, children }: RegistryProps) {
  const [shown, setShown] = useState<Shown | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const load = async (): Promise<void> => {
    const [requests, ...histories] = await Promise.all([
      ask<AliasRequestResource[]>('/api/v1/alias-requests?state=open'),
      ...recipes.map((recipe) => readHistory(recipe)),
    ])
    setProblem(requests.ok ? null : requests.problem)
    if (requests.ok) setShown({ requests: requests.value, histories })
  }
  useEffect(() => void load(), [recipes.join(), newestEvent])
  return (
    <>
      {problem === null ? null : <p class="bad">{problem}</p>}
      <AliasRequests requests={shown?.requests ?? []} onChanged={() => void load()} />
      {children}
      {shown?.histories.map(({ recipe, entries }) => (
        <AliasHistory key={recipe} recipe={recipe} entries={entries} />
      ))}
    </>
  )
}

async function readHistory(recipe: string): Promise<Shown['histories'][number]> {
  const answer = await ask<AliasEntryResource[]>(
    `/api/v1/recipes/${encodeURIComponent(recipe)}/alias-history`,
  )
  return { recipe, entries: answer.ok ? answer.value : [] }
}
