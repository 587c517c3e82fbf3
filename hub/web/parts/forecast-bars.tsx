/** What a station says now of classes: the likeliest in one word, and how likely each is. */
import type { ClassForecast } from '@fleetcast/shared/protocol/telemetry.ts'
import { decimals, eventTime } from '../format.ts'

export function ForecastBars({ forecast }: { forecast: ClassForecast }) {
  const { class: likeliest, probabilities, targetAt } = forecast
  return (
    <section>
      <h2>
        Forecast for {eventTime(targetAt)}: {likeliest}
      </h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>Class</th>
              <th class="number">Probability</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {probabilities.map(({ class: name, probability }) => (
              <tr key={name}>
                <td>{name === likeliest ? <strong>{name}</strong> : name}</td>
                <td class="number">{decimals(100 * probability, 0)} %</td>
                <td>
                  <progress value={probability} max={1} aria-label={`probability of ${name}`} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
