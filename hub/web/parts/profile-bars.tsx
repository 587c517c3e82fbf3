import type { ChannelProfileDay, DeviceDetail } from '../../api/resources/device.ts'
import { decimals } from '../format.ts'

const WIDTH = 300
const HEIGHT = 84
const TREND_HEIGHT = 26

/** Today's shares of each fixed bin before the training data's shares. */
export function ProfileBars({
  profile,
  trend,
}: {
  profile: ChannelProfileDay
  trend: DeviceDetail['profileTrend']
}) {
  const total = Math.max(
    1,
    profile.counts.reduce((sum, count) => sum + count, 0),
  )
  const shares = profile.counts.map((count) => count / total)
  const highest = Math.max(0.01, ...shares, ...profile.referenceShares)
  const width = WIDTH / Math.max(1, shares.length)
  const height = (share: number): number => (share / highest) * (HEIGHT - 4)
  const label = `${profile.channel} on ${profile.day}: Wasserstein distance ${decimals(profile.w1)} ${profile.unit}, PSI ${decimals(profile.psi)}`
  return (
    <div>
      <h3>
        {profile.channel} <span class="quiet">{profile.unit}</span>
      </h3>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width="100%" role="img" aria-label={label}>
        {profile.referenceShares.map((share, i) => (
          <rect
            key={`r${i}`}
            x={i * width}
            y={HEIGHT - height(share)}
            width={Math.max(1, width - 1)}
            height={height(share)}
            fill="var(--bar-reference)"
          />
        ))}
        {shares.map((share, i) => (
          <rect
            key={`d${i}`}
            x={i * width + width * 0.25}
            y={HEIGHT - height(share)}
            width={Math.max(1, width * 0.5 - 1)}
            height={height(share)}
            fill="var(--series-model)"
          />
        ))}
      </svg>
      <Trend channel={profile.channel} trend={trend} />
      <div>
        W1 {decimals(profile.w1)} {profile.unit} ({decimals(profile.w1Sigma)} σ) · PSI {decimals(profile.psi)}
      </div>
      <div class="quiet">
        {profile.n} values, {profile.missing} missing, {profile.invalid} invalid · mean{' '}
        {decimals(profile.mean, 1)}
      </div>
    </div>
  )
}

function Trend({ channel, trend }: { channel: string; trend: DeviceDetail['profileTrend'] }) {
  const days = trend
    .filter((day) => day.channel === channel && day.w1Sigma !== null)
    .sort((a, b) => (a.day < b.day ? -1 : 1))
  if (days.length < 2) return null
  const highest = Math.max(1, ...days.map((day) => day.w1Sigma ?? 0))
  const points = days.map(
    (day, i) =>
      `${(i / (days.length - 1)) * WIDTH},${TREND_HEIGHT - ((day.w1Sigma ?? 0) / highest) * (TREND_HEIGHT - 3)}`,
  )
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${TREND_HEIGHT}`}
      width="100%"
      role="img"
      aria-label={`${channel}: distance of the last ${days.length} days in reference deviations, at most ${highest.toFixed(1)}`}
    >
      <polyline points={points.join(' ')} fill="none" stroke="var(--quiet)" stroke-width={1.5} />
    </svg>
  )
}
