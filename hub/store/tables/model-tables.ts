/** From data to versions: recipes, datasets, runs, versions and the names that point to them. */
import type { Kit } from '../kit.ts'

export function modelTables(k: Kit) {
  const recipes = k.table('recipes', {
    name: k.text('name').primaryKey(),
    digest: k.text('digest').notNull(),
    body: k.json<unknown>('body').notNull(),
    createdAt: k.epochMs('created_at').notNull(),
  })
  const datasets = k.table('datasets', {
    digest: k.text('digest').primaryKey(),
    name: k.text('name').notNull(),
    recipe: k.text('recipe').notNull(),
    report: k.json<unknown>('report').notNull(),
    createdAt: k.epochMs('created_at').notNull(),
  })
  const runs = k.table('runs', {
    id: k.text('id').primaryKey(),
    kind: k.text('kind').notNull().default('train'),
    /** The recipe as it was when the run was asked for; null for runs of an older hub. */
    recipeBody: k.json<unknown>('recipe_body'),
    /** What only this kind of run needs to know. */
    parameters: k.json<unknown>('parameters'),
    /** What it found, where that is not a version. */
    result: k.json<unknown>('result'),
    requestedBy: k.text('requested_by'),
    recipe: k.text('recipe').notNull(),
    dataset: k.text('dataset').notNull(),
    selection: k.json<unknown>('selection').notNull(),
    state: k.choice('state', ['queued', 'running', 'succeeded', 'failed', 'cancelled']).notNull(),
    stage: k.text('stage').notNull(),
    fraction: k.real('fraction').notNull(),
    message: k.text('message').notNull(),
    runKey: k.text('run_key').notNull(),
    createdAt: k.epochMs('created_at').notNull(),
    /** When its process was last started; null before that, and for runs of an older hub. */
    startedAt: k.epochMs('started_at'),
    /** Of a run that has ended: when. */
    updatedAt: k.epochMs('updated_at').notNull(),
    version: k.integer('version'),
  })
  const versions = k.table(
    'versions',
    {
      recipe: k.text('recipe').notNull(),
      version: k.integer('version').notNull(),
      digest: k.text('digest').notNull(),
      manifest: k.json<unknown>('manifest').notNull(),
      report: k.json<unknown>('report').notNull(),
      run: k.text('run').notNull(),
      createdAt: k.epochMs('created_at').notNull(),
    },
    (t) => [k.primaryKey({ columns: [t.recipe, t.version] }), k.uniqueIndex('versions_digest').on(t.digest)],
  )
  const aliases = k.table(
    'aliases',
    {
      recipe: k.text('recipe').notNull(),
      name: k.text('name').notNull(),
      digest: k.text('digest').notNull(),
      revision: k.integer('revision').notNull(),
      updatedAt: k.epochMs('updated_at').notNull(),
    },
    (t) => [k.primaryKey({ columns: [t.recipe, t.name] })],
  )
  const aliasHistory = k.table('alias_history', {
    id: k.serial('id'),
    recipe: k.text('recipe').notNull(),
    name: k.text('name').notNull(),
    fromDigest: k.text('from_digest'),
    toDigest: k.text('to_digest'),
    reason: k.text('reason').notNull(),
    at: k.epochMs('at').notNull(),
  })
  return { recipes, datasets, runs, versions, aliases, aliasHistory }
}
