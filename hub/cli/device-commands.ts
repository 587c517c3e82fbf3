import type { Command } from 'commander'
import type { DeviceDetail, DeviceResource } from '../api/resources/device.ts'
import { epochMs, epochMsToHourText } from '@fleetcast/shared/units.ts'
import { scoreUnit } from '@fleetcast/shared/recipe/metric.ts'
import { shortDigest } from '@fleetcast/shared/ids.ts'
import { optionsOf, report, type CommandContext } from './command-context.ts'
import { addEnrolmentCommands } from './enrolment-commands.ts'
import { decimals, lossOrNull, textTable } from './text-table.ts'

type Position = { readonly latitude: string; readonly longitude: string }

export function addDeviceCommands(program: Command, context: CommandContext): void {
  const sites = program.command('sites').description('places where stations stand')
  sites
    .command('add <id>')
    .description('register a site (or correct its position)')
    .requiredOption('--latitude <degrees>', 'degrees north')
    .requiredOption('--longitude <degrees>', 'degrees east')
    .addHelpText('after', '\nExample:\n  fleetcast sites add sea --latitude 47.45 --longitude -122.31')
    .action(async (id: string, _options: unknown, command: Command) => {
      const { hub, json, latitude, longitude } = optionsOf<Position>(command)
      const result = await context
        .connect(hub)
        .put<{ id: string }>(`/api/v1/sites/${encodeURIComponent(id)}`, {
          latitude: Number(latitude),
          longitude: Number(longitude),
        })
      report(context, { result, isJson: json === true, show: (site) => `site ${site.id} is known` })
    })

  const devices = program.command('devices').description('stations: what runs where, and how well')
  devices
    .command('list')
    .description('every station with its health, version and live accuracy')
    .action(async (_options: unknown, command: Command) => {
      const { hub, json } = optionsOf(command)
      const result = await context.connect(hub).get<DeviceResource[]>('/api/v1/devices')
      report(context, { result, isJson: json === true, show: deviceTable })
    })
  devices
    .command('show <id>')
    .description('one station in detail')
    .action(async (id: string, _options: unknown, command: Command) => {
      const { hub, json } = optionsOf(command)
      const result = await context.connect(hub).get<DeviceDetail>(`/api/v1/devices/${encodeURIComponent(id)}`)
      report(context, { result, isJson: json === true, show: deviceText })
    })
  addEnrolmentCommands(devices, context)
}

const version = (device: DeviceResource): string =>
  device.servingVersion === null ? 'baseline' : `v${device.servingVersion}`

function deviceTable(devices: readonly DeviceResource[]): string {
  if (devices.length === 0)
    return 'no station is known yet; "fleetcast devices add ID --site SITE" announces one'
  return textTable(
    [
      ...['STATION', 'SITE', 'RECIPE', 'HEALTH', 'SERVES', 'CANDIDATE'],
      ...['ERROR', 'PERSISTENCE', 'IN', 'VERIFIED', 'NEWEST READING'],
    ],
    devices.map((device) => [
      device.id,
      device.site,
      device.recipe,
      device.health.state,
      version(device),
      device.candidateVersion === null ? '-' : `v${device.candidateVersion} (${device.candidateState})`,
      lossOrNull(device.mae),
      lossOrNull(device.persistenceMae),
      scoreUnit(device),
      device.verifiedForecasts,
      device.lastReadingAt === null ? '-' : epochMsToHourText(epochMs(device.lastReadingAt)),
    ]),
  )
}

function deviceText({ device, profiles }: DeviceDetail): string {
  const channels = profiles.map((profile) => [
    profile.channel,
    profile.day,
    profile.n,
    profile.missing,
    profile.invalid,
    decimals(profile.w1),
    decimals(profile.psi),
  ])
  return [
    `${device.id} at ${device.site}: ${device.health.state} - ${device.health.reason}`,
    `serves ${version(device)}${device.serving === null ? '' : ` (${shortDigest(device.serving)})`}, ${device.servingState}; wanted generation ${device.desiredGeneration}, applied ${device.generation}`,
    `error ${lossOrNull(device.mae) ?? '-'} beside persistence ${lossOrNull(device.persistenceMae) ?? '-'} (${scoreUnit(device)}) on ${device.verifiedForecasts} verified forecasts`,
    ...forecastLine(device),
    `telemetry: ${device.telemetry.accepted} accepted, ${device.telemetry.duplicates} duplicates, ${device.telemetry.rejected} rejected, ${device.telemetry.lost} lost`,
    '',
    textTable(['CHANNEL', 'DAY', 'N', 'MISSING', 'INVALID', 'W1', 'PSI'], channels),
  ].join('\n')
}

/** Of a recipe that predicts classes: the likeliest, and how likely each is. */
const forecastLine = ({ forecast }: DeviceResource): readonly string[] =>
  forecast === null
    ? []
    : [
        `forecast for ${epochMsToHourText(epochMs(forecast.targetAt))}: ${forecast.class} (${forecast.probabilities
          .map(({ class: name, probability }) => `${name} ${Math.round(100 * probability)} %`)
          .join(', ')})`,
      ]
