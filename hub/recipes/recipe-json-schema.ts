/** The recipe's JSON Schema, for editors: what a file says in `# yaml-language-server: $schema=`. */
import { z } from 'zod'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'

export const recipeJsonSchema = (): Readonly<Record<string, unknown>> => ({
  ...z.toJSONSchema(Recipe, { io: 'input' }),
  $id: 'https://fleetcast.dev/schemas/recipe-1.json',
  title: 'Fleetcast recipe',
})
