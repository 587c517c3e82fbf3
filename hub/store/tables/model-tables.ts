/** From data to versions: recipes, datasets, runs and versions. */
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
      /** Null for versions of a hub that had no gates. */
      gates: k.json<unknown>('gates'),
      run: k.text('run').notNull(),
      createdAt: k.epochMs('created_at').notNull(),
      /** A deleted version keeps its row: its number is never used again, and lineage can still name it. */
      deletedAt: k.epochMs('deleted_at'),
      deletedBy: k.text('deleted_by'),
      deletionReason: k.text('deletion_reason'),
    },
    (t) => [k.primaryKey({ columns: [t.recipe, t.version] }), k.uniqueIndex('versions_digest').on(t.digest)],
  )
  /** Rows are added and decided once; nothing takes one away. */
  const gateOverrides = k.table('gate_overrides', {
    id: k.text('id').primaryKey(),
    recipe: k.text('recipe').notNull(),
    version: k.integer('version').notNull(),
    /** Of the version's bundle. */
    digest: k.text('digest').notNull(),
    gate: k.text('gate').notNull(),
    reason: k.text('reason').notNull(),
    requestedBy: k.text('requested_by').notNull(),
    requestedAt: k.epochMs('requested_at').notNull(),
    state: k.choice('state', ['open', 'approved', 'rejected']).notNull(),
    decidedBy: k.text('decided_by'),
    decidedAt: k.epochMs('decided_at'),
    decisionReason: k.text('decision_reason'),
  })
  return { recipes, datasets, runs, versions, gateOverrides }
}
