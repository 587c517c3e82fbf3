import { describe, expect, test } from 'vitest'
import { sql } from 'drizzle-orm'
import { createLog } from '../../../hub/adapters/pino-log.ts'
import { temporaryStore } from '../temporary-store.ts'

function logged(): { readonly lines: string[]; readonly log: ReturnType<typeof createLog> } {
  const lines: string[] = []
  return { lines, log: createLog('info', { write: (line: string) => void lines.push(line) }) }
}

describe('the log', () => {
  test('leaves secrets out, at the top and one level down', () => {
    const { lines, log } = logged()
    log.info({ token: 'hunter2', request: { password: 'hunter2', user: 'alice' } }, 'hello')
    expect(lines.join()).not.toContain('hunter2')
    expect(JSON.parse(lines[0]!)).toMatchObject({
      request: { user: 'alice' },
      token: '(left out)',
      msg: 'hello',
    })
  })
  test('has the cause of a failed query with its stack, without its values', async () => {
    const { store, remove } = await temporaryStore()
    const { lines, log } = logged()
    const failed = await store.db
      .select({ n: sql`nothing(${'hunter2'})` })
      .from(store.t.users)
      .then(
        () => null,
        (cause: unknown) => cause,
      )
    await remove()
    log.error({ cause: failed }, 'a query failed')
    expect(lines.join()).not.toContain('hunter2')
    expect(lines.join()).toMatch(/Failed query.*pino-log\.test|no such function/)
  })
})
