import * as z from 'zod'

export const RecipeResource = z.object({
  name: z.string(),
  title: z.string(),
  digest: z.string(),
  /** The recipe itself. */
  body: z.unknown(),
  createdAt: z.number(),
})
export type RecipeResource = z.infer<typeof RecipeResource>

export const RecipeApplied = z.object({
  name: z.string(),
  digest: z.string(),
  isNew: z.boolean(),
  changes: z.array(
    z.object({
      path: z.string(),
      before: z.string().nullable(),
      after: z.string().nullable(),
      isShape: z.boolean(),
    }),
  ),
  /** Gate limits that let more through than the stored recipe's did; of a new recipe, than the defaults. */
  weakened: z.array(z.string()),
})
export type RecipeApplied = z.infer<typeof RecipeApplied>
