import { describe, expect, test } from 'vitest'
import { parseSettings } from '@fleetcast/agent/config/agent-settings.ts'

describe('settings of an agent', () => {
  test('have defaults', () => {
    expect(parseSettings({})).toMatchObject({
      ok: true,
      value: { flushMs: 5_000, ringDays: 400, spoolMessagesMax: 20_000 },
    })
  })
  test.each([
    [{ flushMs: 1 }, 'flushMs', '>=10'],
    [{ flushMs: Number.NaN }, 'flushMs', 'number'],
    [{ flushMilliseconds: 10 }, 'flushMilliseconds', 'allowed keys: flushMs, statusMs'],
    [{ reconnectMinMs: 5, reconnectMaxMs: 4 }, 'reconnectMaxMs', 'must not be below'],
    [{ blockWindow: 5 }, 'blockWindow', '<=4'],
  ])('%j names the key and what is allowed', (input, at, hint) => {
    const result = parseSettings(input)
    expect(result).toMatchObject({ ok: false, error: { code: 'config/invalid', at } })
    expect(!result.ok && result.error.message).toContain(hint)
  })
})
