/**
 * `fleetcast demo`: starts one hub and one fleet as processes of their own, plays the story through the hub's API, and
 * keeps the fleet up afterwards unless it runs headless.
 */
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { ms, seconds } from '@fleetcast/shared/units.ts'
import type { EventResource } from '../../api/resources/overview.ts'
import type { Api } from '../../ports/api.ts'
import type { Clock } from '../../ports/clock.ts'
import type { DemoFiles, Programs } from '../../ports/programs.ts'
import type { ProgressDisplay } from '../../ports/progress-display.ts'
import { eventText } from '../rollout-commands.ts'
import type { DemoOptions } from './demo-options.ts'
import { planDemo, type DemoPlan } from './demo-plan.ts'
import { prepareHistory, type DemoHistory } from './prepare-history.ts'
import { playStory, type FleetStation } from './story.ts'
import { supervise, type Supervised } from './supervise.ts'

export type DemoPorts = {
  readonly clock: Clock
  readonly display: ProgressDisplay
  readonly programs: Programs
  readonly files: DemoFiles
  /** `credentials` is the file in which the hub puts the demo user's token. */
  readonly connect: (baseUrl: string, credentials: string) => Api
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal
}

export async function runDemo(ports: DemoPorts, options: DemoOptions): Promise<Result<void, Refusal>> {
  const { display, files } = ports
  if (options.fresh) await files.remove(options.state)
  const usable = await refuseOlderState(files, options.state)
  if (!usable.ok) return usable
  const history = await prepareHistory(ports, options)
  if (!history.ok) return history
  const scan = await files.scanHistory(history.value.file)
  if (!scan.ok) return scan
  const plan = planDemo(scan.value)
  if (!plan.ok) return plan
  display.line(
    `readings: ${history.value.label}; the fleet replays ${plan.value.replayFrom.slice(0, 4)} at up to ${options.speed} hours a second`,
  )
  const baseUrl = `http://127.0.0.1:${options.port}`
  const hub = supervise(ports, {
    name: 'hub',
    args: hubArgs(options, history.value.label),
    onLine: showFatal(display),
  })
  const fleet: { current: Supervised | null } = { current: null }
  const api = ports.connect(baseUrl, credentialsFile(options))
  let following: { stop: () => Promise<void> } | null = null
  try {
    const isUp = await waitForHub(ports, api, hub)
    if (!isUp.ok) return isUp
    following = followEvents(ports, api)
    const told = await tellStory(ports, {
      api,
      options,
      plan: plan.value,
      history: history.value,
      hub,
      fleet,
    })
    const summary = await writeSummary(ports, api, options.summary)
    if (!told.ok) return told
    if (!summary.ok) return summary
    if (!options.headless) await stayUp(ports, fleet.current, options)
    return ok(undefined)
  } finally {
    await following?.stop()
    await Promise.all([fleet.current?.stop(), hub.stop()])
  }
}

/** Where later commands in this folder find the token, too. */
const credentialsFile = (options: DemoOptions): string => `${options.state}/credentials.json`

/** Before signed metadata stations had passwords and datasets another form: such a story cannot be told on. */
async function refuseOlderState(
  files: DemoFiles,
  state: string,
): Promise<Result<void, Refusal<'demo/olderState'>>> {
  const isOlder =
    (await files.exists(`${state}/hub/hub.db`)) && !(await files.exists(`${state}/hub/trust/ca.pem`))
  return isOlder
    ? refuse(
        'demo/olderState',
        `${state} was made by an earlier version; start anew with --fresh, or name another folder with --state`,
      )
    : ok(undefined)
}

const hubArgs = (options: DemoOptions, label: string): string[] => [
  'hub',
  '--with-parent',
  '--state',
  `${options.state}/hub`,
  '--port',
  String(options.port),
  '--mqtt-port',
  String(options.mqttPort),
  '--demo',
  '--credentials-out',
  credentialsFile(options),
  '--plan-ms',
  '400',
  '--data-label',
  label,
  '--log-level',
  'warn',
]

/** Programs log JSON; what is meant for people is passed on. */
const showFatal =
  (display: ProgressDisplay) =>
  (line: string): void => {
    if (!line.startsWith('{')) display.line(line)
  }

async function waitForHub(
  { clock, interrupted }: DemoPorts,
  api: Api,
  hub: Supervised,
): Promise<Result<void, Refusal>> {
  const deadline = clock.monotonic() + seconds(30)
  while (clock.monotonic() < deadline && !interrupted.aborted) {
    const gaveUp = hub.gaveUp()
    if (gaveUp !== null) return { ok: false, error: gaveUp }
    if ((await api.get('/healthz')).ok) return ok(undefined)
    await clock.sleep(ms(100))
  }
  return refuse('demo/hubNotUp', 'the hub did not answer within 30 s; run "fleetcast hub" to see its log')
}

type StoryContext = {
  readonly api: Api
  readonly options: DemoOptions
  readonly plan: DemoPlan
  readonly history: DemoHistory
  readonly hub: Supervised
  readonly fleet: { current: Supervised | null }
}

async function tellStory(ports: DemoPorts, context: StoryContext): Promise<Result<void, Refusal>> {
  const { options, plan, history, hub, fleet, api } = context
  let isReplayOver = false
  const startFleet = async (stations: readonly FleetStation[]): Promise<Result<void, Refusal>> => {
    const file = `${options.state}/stations.json`
    await ports.files.writeJson(
      file,
      stations.map((station) => ({ ...station, stateDir: `${options.state}/stations/${station.device}` })),
    )
    const args = [
      'fleet',
      '--stations',
      file,
      '--data',
      history.file,
      '--from',
      plan.replayFrom,
      '--until',
      plan.replayUntil,
      '--speed',
      String(options.speed),
      '--mqtt-url',
      `mqtts://127.0.0.1:${options.mqttPort}`,
      '--flush-ms',
      '400',
      '--with-parent',
    ]
    const onLine = (line: string): void => {
      if (line.includes('"kind":"finished"')) isReplayOver = true
    }
    fleet.current = supervise(ports, { name: 'sim', args, onLine })
    return ok(undefined)
  }
  const blocked = (): Refusal | null => {
    if (ports.interrupted.aborted)
      return { code: 'demo/interrupted', message: 'stopped by Ctrl-C; the same command resumes' }
    if (isReplayOver)
      return {
        code: 'demo/replayOver',
        message: 'the replayed year ended before the second rollout had its verdict',
      }
    return hub.gaveUp() ?? fleet.current?.gaveUp() ?? null
  }
  const input = { plan, sites: history.sites, historyFile: history.file, recipe: options.recipe }
  return playStory({ api, clock: ports.clock, display: ports.display, startFleet, blocked }, input)
}

/** One line per event, as it happens. */
function followEvents({ clock, display }: DemoPorts, api: Api): { stop: () => Promise<void> } {
  const stopping = new AbortController()
  const follow = async (): Promise<void> => {
    // A story that is resumed begins with what is new.
    const newest = await api.get<EventResource[]>('/api/v1/events?limit=1')
    let last = newest.ok ? (newest.value[0]?.id ?? 0) : 0
    while (!stopping.signal.aborted) {
      const events = await api.get<EventResource[]>(`/api/v1/events?after=${last}&limit=200`)
      if (events.ok) {
        for (const event of events.value.toReversed()) display.line(eventText(event))
        last = events.value[0]?.id ?? last
      }
      await clock.sleep(ms(500), stopping.signal)
    }
  }
  const following = follow()
  return {
    stop: async () => {
      stopping.abort()
      await following
    },
  }
}

async function writeSummary(
  { files }: DemoPorts,
  api: Api,
  file: string | undefined,
): Promise<Result<void, Refusal>> {
  if (file === undefined) return ok(undefined)
  const summary = await api.get<unknown>('/api/v1/summary')
  if (!summary.ok) return summary
  await files.writeJson(file, summary.value)
  return ok(undefined)
}

async function stayUp(
  { clock, display, interrupted }: DemoPorts,
  fleet: Supervised | null,
  options: DemoOptions,
): Promise<void> {
  fleet?.send(JSON.stringify({ cmd: 'speed', hoursPerSecond: options.gentleSpeed }))
  display.line(`The story is told; the fleet stays up at ${options.gentleSpeed} hours a second until Ctrl-C.`)
  // Real observations stay as they are; generated ones may show what a broken station looks like.
  if (options.data === undefined) for (const fault of FAULTS_SHOWN) breakStation(display, fleet, fault)
  while (!interrupted.aborted) await clock.sleep(seconds(3600), interrupted)
}

type FaultShown = {
  readonly device: string
  readonly fault: Readonly<Record<string, string>>
  readonly what: string
}

/** The three that an operator must tell apart, at the generator's own stations. */
const FAULTS_SHOWN: readonly FaultShown[] = [
  { device: 'meadow', fault: { kind: 'silent' }, what: 'loses its network and will be silent' },
  {
    device: 'orchard',
    fault: { kind: 'dead', channel: 'windSpeed' },
    what: 'loses its wind sensor: a dead channel within a day',
  },
  {
    device: 'vale',
    fault: { kind: 'stuck', channel: 'dewPoint' },
    what: 'has a stuck dew point: a failing sensor within a day',
  },
]

function breakStation(display: ProgressDisplay, fleet: Supervised | null, shown: FaultShown): void {
  fleet?.send(JSON.stringify({ cmd: 'fault', device: shown.device, fault: shown.fault }))
  display.line(`on purpose: ${shown.device} ${shown.what}`)
}
