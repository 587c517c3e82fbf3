/** Keeps a program running: one that ends by itself is started again, a bounded number of times. */
import { ms } from '@fleetcast/shared/units.ts'
import type { Refusal } from '@fleetcast/shared/result.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ProgramName, Programs, RunningProgram } from '../../ports/programs.ts'
import type { ProgressDisplay } from '../../ports/progress-display.ts'

export type Supervised = {
  readonly send: (line: string) => void
  readonly stop: () => Promise<void>
  /** Set once the program has ended too often, or has said that it cannot run. */
  readonly gaveUp: () => Refusal | null
}

export type SuperviseInput = {
  readonly name: ProgramName
  readonly args: readonly string[]
  readonly onLine: (line: string) => void
}

const RESTARTS_MAX = 5
const PAUSE = ms(500)
const STOP_GRACE_MS = 2_500
/** Exit code of our programs for "this cannot work, do not try again" (wrong settings, busy port). */
const EXIT_REFUSED = 1

export function supervise(
  ports: { readonly programs: Programs; readonly clock: Clock; readonly display: ProgressDisplay },
  input: SuperviseInput,
): Supervised {
  let running: RunningProgram | null = null
  let refusal: Refusal | null = null
  let isStopping = false
  const recent: string[] = []
  const remember = (line: string): void => {
    recent.push(line)
    if (recent.length > 20) recent.shift()
    input.onLine(line)
  }
  const keepRunning = async (): Promise<void> => {
    for (let restarts = 0; !isStopping; restarts++) {
      running = ports.programs.start(input.name, input.args, remember)
      const code = await running.exited
      if (isStopping || code === 0) return
      if (code === EXIT_REFUSED || restarts >= RESTARTS_MAX) {
        refusal = {
          code: `demo/${input.name}Ended`,
          message: recent.at(-1) ?? `the ${input.name} ended with code ${code}`,
        }
        return
      }
      ports.display.line(`the ${input.name} ended unexpectedly; starting it again`)
      await ports.clock.sleep(PAUSE)
    }
  }
  const finished = keepRunning()
  return {
    send: (line) => running?.send(line),
    gaveUp: () => refusal,
    stop: async () => {
      isStopping = true
      await running?.stop(STOP_GRACE_MS)
      await finished
    },
  }
}
