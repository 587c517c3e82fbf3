/** How often who answered since the start of the process. */
import type { StationForecast } from './forecast-station.ts'

export class AnswerCounts {
  readings = 0
  readingsRefused = 0
  servedByModel = 0
  servedByBaseline = 0
  unanswered = 0
  modelFaults = 0

  add({ served, faults }: StationForecast): void {
    this.readings++
    this.modelFaults += faults.length
    if (served === null) this.unanswered++
    else if (served.model === null) this.servedByBaseline++
    else this.servedByModel++
  }
}
