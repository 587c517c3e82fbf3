/** Starts the demo on a state whose story is told, looks at every page in Chromium as an operator would, and stops it with Ctrl-C. */
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { DeviceResource } from '../../hub/api/resources/device.ts'
import type { EventResource } from '../../hub/api/resources/overview.ts'
import type { RolloutResource } from '../../hub/api/resources/rollout.ts'
import { launchChromium } from './chromium.ts'
import { eventually, fleetcast, freePort, getJson, tokenIn, type Program } from './programs.ts'

const PAGES = [
  'overview',
  'stations/harbor',
  'rollouts',
  'rollouts/1-temperature-24h',
  'rollouts/2-temperature-24h',
  'models',
  'recipes',
  'runs',
  'datasets',
  'account',
  'users',
  'audit',
]
export type Seen = {
  readonly errors: readonly string[]
  readonly overflowing: readonly string[]
  readonly pages: readonly string[]
  readonly text: Readonly<Record<string, string>>
  readonly themes: readonly (string | undefined)[]
  readonly rollback: {
    readonly reasonKept: readonly string[]
    readonly versionsAfter: readonly (number | null)[]
  }
  readonly stop: { readonly code: number | null; readonly isWithinThreeSeconds: boolean }
}

export async function lookAtDashboard(stateFolder: string): Promise<Seen> {
  const port = await freePort()
  const demo = fleetcast(
    'demo',
    '--gentle-speed',
    '6',
    '--state',
    stateFolder,
    '--port',
    String(port),
    '--mqtt-port',
    String(await freePort()),
  )
  const ask: Ask = async (path) =>
    getJson(port, path, await tokenIn(join(stateFolder, 'credentials.json'), port))
  await eventually(
    () => ask<DeviceResource[]>('/api/v1/devices'),
    // One station loses its network on purpose once the story has been told.
    (all) => all.filter((device) => device.isConnected).length >= all.length - 1 && all.length > 1,
    60,
  )
  const browser = await launchChromium()
  try {
    const seen = { browser, port, session: await enterAsDemo(browser, demo) }
    const looked = await lookAtPages(seen)
    const themes = await switchTheme(seen)
    const rollback = await rollBack(seen, ask)
    const startedAt = performance.now()
    demo.process.kill('SIGINT')
    const { code } = await demo.exited
    return {
      ...looked,
      themes,
      rollback,
      stop: { code, isWithinThreeSeconds: performance.now() - startedAt < 3_000 },
    }
  } finally {
    await browser.close()
    demo.process.kill('SIGKILL')
  }
}

type Ask = <T>(path: string) => Promise<T>
type Session = Awaited<ReturnType<BrowserContext['storageState']>>
type Signed = { readonly browser: Browser; readonly port: number; readonly session: Session }

/** Follows the link that the demo printed; its cookie is what every later page starts with. */
async function enterAsDemo(browser: Browser, demo: Program): Promise<Session> {
  const link = /http:\/\/\S+#\/enter\/\S+/.exec(demo.output())?.[0]
  if (link === undefined) throw new Error(`the demo printed no link: ${demo.output().slice(0, 2_000)}`)
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(link)
  await page.getByText('demo user').first().waitFor()
  const session = await context.storageState()
  await context.close()
  return session
}

async function lookAtPages({
  browser,
  port,
  session,
}: Signed): Promise<Pick<Seen, 'errors' | 'overflowing' | 'pages' | 'text'>> {
  const errors: string[] = []
  const overflowing: string[] = []
  const text: Record<string, string> = {}
  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [1280, 390]) {
      const context = await browser.newContext({
        colorScheme,
        viewport: { width, height: 844 },
        storageState: session,
      })
      const page = await context.newPage()
      page.on('pageerror', (error) => errors.push(error.message))
      page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
      for (const name of PAGES) {
        await open(page, port, name)
        text[name] = await page.locator('main').innerText()
        const excess = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        if (excess > 0) overflowing.push(`${name} at ${width}: ${excess} px`)
      }
      await context.close()
    }
  return { errors, overflowing, pages: Object.keys(text), text }
}

async function open(page: Page, port: number, name: string): Promise<void> {
  await page.goto(`http://127.0.0.1:${port}/#/${name}`)
  await page.locator('main section').first().waitFor()
}

async function switchTheme({ browser, port, session }: Signed): Promise<Seen['themes']> {
  const context = await browser.newContext({ colorScheme: 'light', storageState: session })
  const page = await context.newPage()
  const theme = (): Promise<string | undefined> =>
    page.evaluate(() => document.documentElement.dataset['theme'])
  await open(page, port, 'overview')
  const first = await theme()
  await page.getByRole('button', { name: /dark theme/ }).click()
  const second = await theme()
  await page.reload()
  await page.locator('main section').first().waitFor()
  const third = await theme()
  await context.close()
  return [first, second, third]
}

async function rollBack({ browser, port, session }: Signed, ask: Ask): Promise<Seen['rollback']> {
  const page = await browser.newPage({ storageState: session })
  await open(page, port, 'rollouts/2-temperature-24h')
  await page.getByRole('button', { name: 'Roll back' }).click()
  await page.getByLabel(/Why/).fill('a test of the way back')
  await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click()
  await eventually(
    () => ask<RolloutResource>('/api/v1/rollouts/2-temperature-24h'),
    ({ state }) => state === 'rolledBack',
    100,
  )
  await page.close()
  const events = await ask<EventResource[]>('/api/v1/events?limit=200')
  const devices = await ask<DeviceResource[]>('/api/v1/devices')
  return {
    reasonKept: events.filter(({ source }) => source === 'operator').map(({ message }) => message),
    versionsAfter: devices.filter(({ isConnected }) => isConnected).map((device) => device.servingVersion),
  }
}
