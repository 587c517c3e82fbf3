/** Deleting versions, and the files that deleted ones left behind. */
import type { Command } from 'commander'
import type { DeletedVersionResource, RemovedOrphansResource } from '../api/resources/alias.ts'
import { optionsOf, report, type CommandContext } from './command-context.ts'

export function addVersionCommands(models: Command, context: CommandContext): void {
  models
    .command('delete <version>')
    .description('delete a version that nobody refers to; its number is never used again')
    .requiredOption('--reason <text>', 'why; kept with the version')
    .addHelpText(
      'after',
      '\nExamples:\n  fleetcast models delete temperature-24h@3 --reason "trained on a broken sensor"\n  fleetcast release revoke temperature-24h@3 --reason "..."    comes first when it is released',
    )
    .action(async (version: string, _options: unknown, command: Command) => {
      const { hub, json, reason } = optionsOf<{ reason: string }>(command)
      const path = `/api/v1/models/${encodeURIComponent(version)}?${new URLSearchParams({ reason })}`
      const result = await context.connect(hub).delete<DeletedVersionResource>(path)
      report(context, {
        result,
        isJson: json === true,
        show: (deleted) =>
          `${deleted.recipe}@${deleted.version} is deleted, and ${deleted.files} files of it`,
      })
    })
  models
    .command('gc')
    .description('remove files that no version has and nobody has written for a day')
    .addHelpText('after', '\nExample:\n  fleetcast models gc')
    .action(async (_options: unknown, command: Command) => {
      const { hub, json } = optionsOf(command)
      const result = await context.connect(hub).post<RemovedOrphansResource>('/api/v1/models/gc', {})
      report(context, {
        result,
        isJson: json === true,
        show: ({ files, bytes }) => `${files} files removed, ${bytes} bytes`,
      })
    })
}
