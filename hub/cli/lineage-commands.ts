import type { Command } from 'commander'
import { shortDigest } from '@fleetcast/shared/ids.ts'
import type {
  DatasetLineageResource,
  DeviceLineageResource,
  RecallResource,
  VersionLineageResource,
} from '../api/resources/lineage.ts'
import { optionsOf, report, type CommandContext } from './command-context.ts'
import { day, textTable } from './text-table.ts'

export function addLineageCommands(program: Command, context: CommandContext): void {
  const lineage = program.command('lineage').description('from observations to devices and back')
  const add = <T>(noun: string, description: string, show: (value: T) => string): void => {
    lineage
      .command(`${noun} <id>`)
      .description(description)
      .action(async (id: string, _options: unknown, command: Command) => {
        const { hub, json } = optionsOf(command)
        const path = `/api/v1/lineage/${noun}s/${encodeURIComponent(id)}`
        report(context, { result: await context.connect(hub).get<T>(path), isJson: json === true, show })
      })
  }
  add<DatasetLineageResource>('dataset', 'its runs, versions and devices', datasetLineageText)
  add<VersionLineageResource>(
    'version',
    'what it was trained on (digest, recipe@version or recipe@alias)',
    (version) => versionTable([version]),
  )
  add<DeviceLineageResource>('device', 'what its models were trained on', ({ versions }) =>
    versionTable(versions),
  )
  addRecallCommand(program, context)
}

type RecallOptions = { readonly station: string; readonly from: string; readonly until: string }

function addRecallCommand(program: Command, context: CommandContext): void {
  program
    .command('recall')
    .description("which devices run a model trained on a station's bad week")
    .requiredOption('--station <id>', 'the station whose readings are in doubt')
    .requiredOption('--from <time>', 'from this event time on (ISO)')
    .requiredOption('--until <time>', 'before this event time (ISO)')
    .addHelpText('after', '\nExample:\n  fleetcast recall --station jfk --from 2013-05-06 --until 2013-05-13')
    .action(async (_options: unknown, command: Command) => {
      const { hub, json, station, from, until } = optionsOf<RecallOptions>(command)
      const query = new URLSearchParams({ station, from, until })
      const result = await context.connect(hub).get<RecallResource>(`/api/v1/recall?${query}`)
      report(context, { result, isJson: json === true, show: recallText })
    })
}

const datasetLineageText = ({ digest, name, runs, versions }: DatasetLineageResource): string =>
  [`dataset ${shortDigest(digest)} (${name}): ${runs.length} runs, ${versions.length} versions`]
    .concat(versions.length === 0 ? [] : [versionTable(versions)])
    .join('\n')

const recallText = (versions: RecallResource): string =>
  versions.length === 0 ? 'no version was trained on that' : versionTable(versions)

const versionTable = (versions: readonly VersionLineageResource[]): string =>
  textTable(
    ['VERSION', 'DIGEST', 'DATASET', 'TRAINED ON', 'DEVICES'],
    versions.map((version) => [
      `${version.recipe}@${version.version}${version.deletedAt === null ? '' : ' (deleted)'}`,
      shortDigest(version.digest),
      originText(version),
      version.trainedOn.map(stationText).join('; ') || '-',
      version.devices.map(({ device, role }) => `${device} (${role})`).join(' ') || '-',
    ]),
  )

function originText({ dataset, elsewhere }: VersionLineageResource): string | null {
  if (elsewhere === null) return dataset === null ? null : shortDigest(dataset.digest)
  return `${elsewhere.author}${elsewhere.dataset === null ? '' : `: ${elsewhere.dataset}`}`
}

const stationText = ({ station, periods }: VersionLineageResource['trainedOn'][number]): string =>
  `${station} ${periods.map(({ from, until }) => `${from === null ? '' : day(from)}..${day(until)}`).join(', ')}`
