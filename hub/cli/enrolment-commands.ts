/** Letting stations in, one or thousands at a time, and shutting one out. */
import type { Command } from 'commander'
import { JOIN_HOURS } from '../devices/add-devices.ts'
import type { Refusal, Result } from '@fleetcast/shared/result.ts'
import { addManyDevices } from './add-many-devices.ts'
import { optionsOf, report, type CommandContext } from './command-context.ts'

type AddOptions = {
  readonly site?: string
  readonly recipe?: string
  readonly file?: string
  readonly out?: string
  readonly validHours: string
}

const EXAMPLES = `
Examples:
  fleetcast devices add sea --site sea
  fleetcast devices add meter-17 --site works --recipe energy-1h
  fleetcast agent join fleetcast-join:... --state ./sea
  fleetcast devices add --file ids.csv --out joins.csv      lines "id,site" in, "id,site,joinString" out`

export function addEnrolmentCommands(devices: Command, context: CommandContext): void {
  devices
    .command('add [id]')
    .description('announce a station, or a file of them, and print or write their one-time join strings')
    .option('--site <site>', 'a known site (see "fleetcast sites add")')
    .option('--recipe <name>', 'what it measures and forecasts (see "fleetcast recipes list")')
    .option('--file <csv>', 'many stations, "id,site" a line: all of them or none')
    .option('--out <csv>', 'where their join strings go; readable by you alone')
    .option('--valid-hours <hours>', 'how long a join string works', String(JOIN_HOURS))
    .addHelpText('after', EXAMPLES)
    .action(async (id: string | undefined, _options: unknown, command: Command) => {
      const options = optionsOf<AddOptions>(command)
      const { json } = options
      if (id !== undefined && options.site !== undefined && options.file === undefined)
        return report(context, {
          result: await addOne(context, command, { id, site: options.site, recipe: options.recipe }),
          isJson: json === true,
          show: (added) => added.joinString,
        })
      report(context, {
        result: await addMany(context, command, id),
        isJson: json === true,
        show: ({ devices: count, file }) =>
          `${count} join strings are in ${file}; each works once and for ${options.validHours} hours`,
      })
    })
  devices
    .command('revoke <id>')
    .description('shut a station out for good: its session ends, it is neither renewed nor enrolled again')
    .requiredOption('--reason <text>', 'why, for the record')
    .addHelpText('after', '\nExample:\n  fleetcast devices revoke sea --reason "stolen on 3 May"')
    .action(async (id: string, _options: unknown, command: Command) => {
      const { hub, json, reason } = optionsOf<{ reason: string }>(command)
      const path = `/api/v1/devices/${encodeURIComponent(id)}/revoke`
      const result = await context.connect(hub).post<{ device: string }>(path, { reason })
      report(context, {
        result,
        isJson: json === true,
        show: ({ device }) =>
          `${device} is revoked; brokers that are not the hub's own need the new revocation list`,
      })
    })
}

const addOne = (
  context: CommandContext,
  command: Command,
  device: { readonly id: string; readonly site: string; readonly recipe: string | undefined },
): Promise<Result<{ device: string; joinString: string }, Refusal>> => {
  const { hub, validHours } = optionsOf<AddOptions>(command)
  return context.connect(hub).post('/api/v1/devices', { ...device, joinHours: Number(validHours) })
}

async function addMany(
  context: CommandContext,
  command: Command,
  id: string | undefined,
): Promise<Result<{ devices: number; file: string }, Refusal>> {
  const { hub, file, out, site, recipe, validHours } = optionsOf<AddOptions>(command)
  if (id !== undefined || file === undefined || out === undefined || site !== undefined)
    return command.error('error: give either an id with --site, or --file with --out')
  const ports = { api: context.connect(hub), files: context.files, display: context.display }
  return await addManyDevices(ports, { file, out, recipe, joinHours: Number(validHours) })
}
