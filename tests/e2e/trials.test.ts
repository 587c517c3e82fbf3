/** Trials of a search on the Runs page of a real browser: while it runs, and after it was cancelled. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestHub, type RunningHub } from '../hub/api/hub-process.ts'
import { fillHub, type FilledHub } from '../hub/runs/filled-hub.ts'
import { launchChromium } from './chromium.ts'

let hub: RunningHub
let filled: FilledHub
let browser: Browser
let page: Page
beforeAll(async () => {
  hub = await startTestHub()
  filled = await fillHub(() => ({ port: hub.config.httpPort, token: hub.adminToken }))
  browser = await launchChromium()
  page = await browser.newPage({ viewport: { width: 1280, height: 1000 } })
  await page.goto(/http\S+/.exec(hub.told[0] ?? '')?.[0] ?? '')
  await page.getByText('demo').first().waitFor()
}, 60_000)
afterAll(async () => {
  await browser.close()
  await hub.stop()
})

const charted = (count: number) => page.getByRole('img', { name: `Error of ${count} trials; none is chosen` })

test('appear one by one while it runs, and stay when it is cancelled', { timeout: 90_000 }, async () => {
  const { body: run } = await filled.train('slow')
  await page.goto(`http://127.0.0.1:${hub.config.httpPort}/#/runs/${run.id}`)
  // Nothing is reloaded from here on.
  await charted(2).waitFor({ timeout: 60_000 })
  await charted(3).waitFor({ timeout: 60_000 })
  await filled.send('POST', `/api/v1/runs/${run.id}/cancel`, { reason: 'seen enough' })
  await page.getByText('cancelled: seen enough').waitFor()
  const { trials } = await filled.until(run.id)
  await charted(trials.length).waitFor()
  await expect(page.getByRole('region', { name: 'Trials' }).getByRole('row').count()).resolves.toBe(
    trials.length + 1,
  )
})
