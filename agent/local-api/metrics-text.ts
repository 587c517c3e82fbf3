/** The agent's counters as Prometheus text. */
import type { StatusRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import type { StationMetrics } from './local-agent.ts'

type Metric = readonly [name: string, kind: 'counter' | 'gauge', help: string, samples: readonly Sample[]]
type Sample = readonly [labels: string, value: number]

const one = (value: number): readonly Sample[] => [['', value]]

export function metricsText(metrics: StationMetrics, status: StatusRecord): string {
  const table: readonly Metric[] = [
    ['readings_total', 'counter', 'Readings committed.', one(metrics.readings)],
    ['readings_refused_total', 'counter', 'Readings refused.', one(metrics.readingsRefused)],
    [
      'forecasts_total',
      'counter',
      'Forecasts by what answered.',
      [
        ['{by="model"}', metrics.servedByModel],
        ['{by="baseline"}', metrics.servedByBaseline],
        ['{by="nothing"}', metrics.unanswered],
      ],
    ],
    [
      'model_faults_total',
      'counter',
      'Forecasts of a model that could not be used.',
      one(metrics.modelFaults),
    ],
    ['orders_refused_total', 'counter', 'Desired states refused.', one(metrics.ordersRefused)],
    ['trust_checks_total', 'counter', 'Looks at the signed metadata.', one(metrics.trustChecks)],
    [
      'trust_checks_failed_total',
      'counter',
      'Looks at the signed metadata that got no answer.',
      one(metrics.trustChecksFailed),
    ],
    ['demo_trust', 'gauge', '1 while the keys are those of a demonstration.', one(status.demoTrust ? 1 : 0)],
    [
      'messages_dropped_total',
      'counter',
      'Messages from the broker not taken in.',
      one(metrics.messagesDropped),
    ],
    ['spool_messages', 'gauge', 'Telemetry messages not yet confirmed.', one(metrics.spooled)],
    ['spool_dropped_total', 'counter', 'Telemetry messages lost to a full spool.', one(metrics.spoolDropped)],
    ['connected', 'gauge', '1 while the broker is connected.', one(metrics.isConnected ? 1 : 0)],
    ['desired_generation', 'gauge', 'Generation of the order in force.', one(status.generation)],
    [
      'channel_ok',
      'gauge',
      '1 while the channel is healthy.',
      status.channels.map(({ channel, state }) => [`{channel="${channel}"}`, state === 'ok' ? 1 : 0]),
    ],
    ['rss_megabytes', 'gauge', 'Resident memory.', one(status.rssMb)],
  ]
  return table.map(metricLines).join('')
}

const metricLines = ([name, kind, help, samples]: Metric): string =>
  `# HELP fleetcast_agent_${name} ${help}\n# TYPE fleetcast_agent_${name} ${kind}\n` +
  samples.map(([labels, value]) => `fleetcast_agent_${name}${labels} ${value}\n`).join('')
