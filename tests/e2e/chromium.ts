/** The browser of the tests: Debian's Chromium, or the one that CHROMIUM names. */
import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export async function launchChromium(): Promise<Browser> {
  const executablePath = [process.env['CHROMIUM'] ?? '', '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
    (path) => existsSync(path),
  )
  if (executablePath === undefined)
    throw new Error('install Chromium (Debian: apt-get install chromium) or name it in CHROMIUM')
  return chromium.launch({ executablePath, args: FLAGS })
}
