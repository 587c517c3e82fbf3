/** The command line at one end of a real pipe whose other end closes early. */
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

/** The exit code is the command's own, not that of what reads its output. */
const piped = (words: string, reader: string) =>
  spawnSync('bash', ['-c', `set -o pipefail; node hub/dist/main.js ${words} | ${reader}`], {
    encoding: 'utf8',
  })

test.each([
  ['is gone before the first line', 'true'],
  ['has seen enough after one line', 'head -1'],
])('a reader that %s: the command ends well and says nothing', (_what, reader) => {
  expect(piped('recipes schema', reader)).toMatchObject({ status: 0, stderr: '' })
})

test('a command that is refused is so without a reader, too', () => {
  const { status, stderr } = piped('recipes show nothing --hub http://127.0.0.1:1', 'true')
  expect([status, stderr]).toEqual([3, expect.stringMatching(/^api\/unreachable: /)])
})
