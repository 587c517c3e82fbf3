/** Checks of the device's own rules on top of the two repositories: shared/trust/device-trust.ts, model-target.ts. */
import type { Mutant } from './mutant.ts'

const DEVICE = 'trust/device-trust.ts'

export const DEVICE_MUTANTS: readonly Mutant[] = [
  {
    file: DEVICE,
    check: `.unrecognizedFields['x-device'] !== this.options.device`,
    instead: `.unrecognizedFields['x-device'] === undefined`,
    attack: 'cross-device replay: another device’s authentic order',
  },
  {
    file: DEVICE,
    check: `if (role === 'targets' && (signed as Targets).delegations !== undefined)`,
    instead: 'if (false)',
    attack: 'a director that delegates',
  },
  {
    file: DEVICE,
    check: 'targetsBytes: 64 * 1024',
    instead: 'targetsBytes: 4 * 1024 * 1024',
    attack: 'endless data: a director’s files are small',
  },
  {
    file: DEVICE,
    check: 'if (Number.isNaN(at))',
    instead: 'if (false)',
    attack: 'forged time: a timestamp that attests no time',
  },
  {
    file: DEVICE,
    check: `if (fields['x-nonce'] === this.nonce)`,
    instead: 'if (true)',
    attack: 'freeze with a clock: an old answer attests no time',
  },
  {
    file: DEVICE,
    check: `if (clock !== null) return null`,
    instead: 'return null',
    attack: 'freeze without a clock',
  },
  {
    file: DEVICE,
    check: '(this.attested = memory.timeFloor())',
    instead: '(this.attested = epochMs(at))',
    attack: 'forged time: a stolen hub cannot wake',
  },
  {
    file: DEVICE,
    check: 'if (root.isExpired(new Date(at)))',
    instead: 'if (false)',
    attack: 'forged time: a hub whose clock was far ahead',
  },
  {
    file: DEVICE,
    check: 'if (at > memory.timeFloor()) memory.raiseTimeFloor(epochMs(at))',
    instead: '',
    attack: 'time floor: what was attested once',
  },
  {
    file: DEVICE,
    check: 'Math.max(this.options.memory.timeFloor(), this.options.clock?.() ?? 0)',
    instead: 'this.options.clock?.() ?? 0',
    attack: 'time floor: what was attested once',
  },
  {
    file: DEVICE,
    check: 'now: () => this.attested ?? this.localTime()',
    instead: 'now: () => this.localTime()',
    attack: 'wrong clocks',
  },
  {
    file: DEVICE,
    check: `if (released === undefined) throw refuse('trust/notReleased', 'no release key has signed it')`,
    instead: `if (released === undefined) return { path, role: 'champion', digest: digestOf(ordered), length: ordered.length, model: { line: 'x', version: '1', epoch: 1, hardware: ['*'] } }`,
    attack: 'arbitrary installation: the director key alone cannot bring in',
  },
  {
    file: DEVICE,
    check: `if (released.length !== ordered.length || digest !== digestOf(ordered))`,
    instead: `if (released.length !== ordered.length)`,
    attack: 'arbitrary installation: the director key alone cannot exchange',
  },
  {
    file: DEVICE,
    check: `if (released.length !== ordered.length || digest !== digestOf(ordered))`,
    instead: `if (digest !== digestOf(ordered))`,
    attack: 'endless data: a model is as long as the release key says',
  },
  {
    file: DEVICE,
    check: 'const model = customOf(released, ReleasedModel)',
    instead: 'const model = customOf(ordered, ReleasedModel)',
    attack: 'rollback by a stolen hub: the epoch is the release key’s word',
  },
  {
    file: DEVICE,
    check: 'if (path !== targetPath(model.line, model.version))',
    instead: 'if (false)',
    attack: 'rollback by a stolen hub: one line cannot pass',
  },
  {
    file: DEVICE,
    check: 'if (model.revoked !== undefined)',
    instead: 'if (false)',
    attack: 'revoked: a model that the release key has taken back',
  },
  {
    file: DEVICE,
    check: `if (!model.hardware.includes('*') && !model.hardware.includes(hardware))`,
    instead: 'if (false)',
    attack: 'wrong hardware',
  },
  {
    file: DEVICE,
    check: 'if (model.epoch < floor)',
    instead: 'if (false)',
    attack: 'rollback by a stolen hub: a model below the epoch',
  },
  {
    file: DEVICE,
    check:
      'for (const target of Object.values(targets.signed.targets)) models.push(await this.verified(target))',
    instead:
      'for (const target of Object.values(targets.signed.targets)) try { models.push(await this.verified(target)) } catch { continue }',
    attack: 'partial bundle',
  },
]
