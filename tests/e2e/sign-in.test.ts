/** The ways into the dashboard in a real browser: link, invitation, password, and what each role is offered. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bearer, PASSWORD, posting, startTestHub, type RunningHub } from '../hub/api/hub-process.ts'
import { launchChromium } from './chromium.ts'

let hub: RunningHub
let browser: Browser
let url = ''
const contexts: BrowserContext[] = []
/** What a page complained of: script errors, and everything that the Content-Security-Policy kept out. */
const complaints: string[] = []

beforeAll(async () => {
  hub = await startTestHub()
  browser = await launchChromium()
  url = `http://127.0.0.1:${hub.config.httpPort}`
})
afterAll(async () => {
  await browser.close()
  await hub.stop()
})

async function newPage(width = 1280): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height: 844 } })
  contexts.push(context)
  const page = await context.newPage()
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    // A refusal of the API is an answer, not a fault of the page.
    if (message.type() === 'error' && !message.text().includes('status of 40'))
      complaints.push(message.text())
  })
  return page
}
const linkOfDemo = (): string => /http\S+/.exec(hub.told[0] ?? '')?.[0] ?? ''

async function invite(name: string, role: string): Promise<string> {
  const added = await hub.call(posting('/api/v1/users', { name, role }, bearer(hub.adminToken)))
  return String(added.body['link'])
}

describe('the dashboard', () => {
  test('asks who is there, and comes back to the page that was wanted', async () => {
    const link = await invite('olga', 'viewer')
    const page = await newPage(390)
    await page.goto(link)
    await page.getByRole('heading', { name: 'Welcome' }).waitFor()
    expect(page.url()).toBe(`${url}/#/invitation`)
    await page.getByLabel('New password').fill(PASSWORD)
    await page.getByLabel('Once more').fill(`${PASSWORD}x`)
    await page.getByRole('button', { name: 'Set password and sign in' }).click()
    await page.getByText('the two passwords differ').waitFor()
    await page.getByLabel('Once more').fill(PASSWORD)
    await page.getByRole('button', { name: 'Set password and sign in' }).click()
    await page.getByText('olga (viewer)').waitFor()

    await page.goto(`${url}/#/account`)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.goto(`${url}/#/datasets`)
    await page.getByLabel('User name').fill('olga')
    await page.getByLabel('Password').fill('not the password')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('the user name or the password is wrong').waitFor()
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Datasets' }).waitFor()
    expect(page.url()).toBe(`${url}/#/datasets`)
  })
  test('offers a viewer no page of administrators', async () => {
    const page = await newPage()
    await page.goto(await invite('vera', 'viewer'))
    await page.getByLabel('New password').fill(PASSWORD)
    await page.getByLabel('Once more').fill(PASSWORD)
    await page.getByRole('button', { name: 'Set password and sign in' }).click()
    await page.getByText('vera (viewer)').waitFor()
    expect(await page.getByRole('navigation').innerText()).not.toMatch(/users|audit/)
    await page.goto(`${url}/#/users`)
    await page.getByText('needs the role admin; yours is viewer').waitFor()
  })
  test('says that the demo user is one; its link works once', async () => {
    const page = await newPage()
    await page.goto(linkOfDemo())
    await page.getByText('demo user').first().waitFor()
    expect(page.url()).toBe(`${url}/#/overview`)
    const other = await newPage()
    await other.goto(linkOfDemo())
    await other.getByRole('heading', { name: 'This link does not work' }).waitFor()

    await page.goto(`${url}/#/users`)
    await page.getByLabel('Name').fill('nina')
    await page.getByRole('button', { name: 'Add and make a link' }).click()
    await page.getByText(/#\/invitation\/[\w-]{43}/).waitFor()
    await page.getByRole('button', { name: 'I have it' }).click()
    await page.getByRole('row', { name: /nina/ }).getByRole('button', { name: 'Lock out' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Lock out' }).click()
    await page.getByText('locked out').waitFor()
    await page.goto(`${url}/#/audit`)
    await page.getByText('setDisabled').first().waitFor()
  })
  test('a session that ends elsewhere leads to the sign-in page', async () => {
    const page = await newPage()
    await page.goto(await invite('paul', 'operator'))
    await page.getByLabel('New password').fill(PASSWORD)
    await page.getByLabel('Once more').fill(PASSWORD)
    await page.getByRole('button', { name: 'Set password and sign in' }).click()
    await page.getByText('paul (operator)').waitFor()
    const role = posting('/api/v1/users/paul/role', { role: 'viewer' }, bearer(hub.adminToken))
    await hub.call({ ...role, method: 'PUT' })
    await page.reload()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  })
  test('renders without a complaint, on a phone without scrolling sideways', async () => {
    for (const context of contexts)
      for (const page of context.pages()) {
        await page.setViewportSize({ width: 390, height: 844 })
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)
      }
    expect(complaints).toEqual([])
  })
})
