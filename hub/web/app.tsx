/** The frame around every page: where one is, what the fleet's time is, and whether the hub still answers. */
import type { Overview } from '../api/resources/overview.ts'
import type { SessionResource } from '../api/resources/access.ts'
import { may, session, signedIn } from './ask.ts'
import { checks, comparisons, datasets, device, lostSince, overview, recipes, run } from './data.ts'
import { clockTime, count, decimals, eventTime } from './format.ts'
import { AccountPage } from './pages/account.tsx'
import { AuditPage } from './pages/audit.tsx'
import { DatasetsPage } from './pages/datasets.tsx'
import { ModelsPage } from './pages/models.tsx'
import { OverviewPage } from './pages/overview.tsx'
import { RecipesPage } from './pages/recipes.tsx'
import { RolloutsPage } from './pages/rollouts.tsx'
import { RunsPage } from './pages/runs.tsx'
import { EnterPage, InvitationPage, SignInPage } from './pages/sign-in.tsx'
import { StationPage } from './pages/station.tsx'
import { UsersPage } from './pages/users.tsx'
import { ADMIN_PAGES, PAGES, route } from './route.ts'
import { theme, toggleTheme } from './theme.ts'
import { Chip } from './parts/chip.tsx'
import { RoleNote } from './parts/role-button.tsx'

export function App() {
  const seen = overview.value
  const me = signedIn()
  return (
    <>
      <header class="top">
        <strong>Fleetcast</strong>
        {me === null ? null : <Pages me={me} />}
        <span class="spacer" />
        {seen?.hub.dataLabel ? <Chip tone="accent">{seen.hub.dataLabel}</Chip> : null}
        {seen?.hub.isDemo ? <Chip tone="warn">demo trust: every key lies on this hub</Chip> : null}
        {me === null ? null : <Me me={me} />}
        <button
          onClick={toggleTheme}
          aria-label={`Switch to the ${theme.value === 'dark' ? 'light' : 'dark'} theme`}
        >
          {theme.value === 'dark' ? '☀' : '☾'}
        </button>
      </header>
      {lostSince.value === null ? null : (
        <div class="banner" role="alert">
          The hub does not answer. This is what it said at {clockTime(lostSince.value)}; asking again every
          two seconds.
        </div>
      )}
      <main>
        <Entered me={me} seen={seen} />
      </main>
      {seen === null || me === null ? null : <Footer seen={seen} />}
    </>
  )
}

function Pages({ me }: { me: SessionResource }) {
  const pages = me.role === 'admin' ? [...PAGES, ...ADMIN_PAGES] : PAGES
  return (
    <nav aria-label="Pages">
      {pages.map((page) => (
        <a key={page} href={`#/${page}`} aria-current={route.value.page === page ? 'page' : undefined}>
          {page}
        </a>
      ))}
    </nav>
  )
}

function Me({ me }: { me: SessionResource }) {
  return (
    <a href="#/account" title="Your account, tokens, sign out">
      {me.isDemoUser ? 'demo user' : `${me.user} (${me.role})`}
    </a>
  )
}

/** One-time links come first, then who is not signed in signs in, at whatever page that is. */
function Entered({ me, seen }: { me: SessionResource | null; seen: Overview | null }) {
  const { page } = route.value
  if (page === 'invitation') return <InvitationPage />
  if (page === 'enter') return <EnterPage />
  if (session.value === 'signedOut') return <SignInPage />
  if (me === null) return <p class="loading">Asking the hub ...</p>
  if (page === 'account') return <AccountPage key={me.user} me={me} />
  if ((page === 'users' || page === 'audit') && !may('admin')) return <NotForThisRole />
  if (page === 'users') return <UsersPage key={me.user} />
  if (page === 'audit') return <AuditPage key={me.user} />
  return seen === null ? <p class="loading">Asking the hub ...</p> : <CurrentPage seen={seen} />
}

function NotForThisRole() {
  return (
    <section>
      <p class="row">
        This page <RoleNote role="admin" />
      </p>
    </section>
  )
}

function CurrentPage({ seen }: { seen: Overview }) {
  const { page, item } = route.value
  if (page === 'rollouts') return <RolloutsPage seen={seen} item={item} />
  if (page === 'models') return <ModelsPage seen={seen} comparisons={comparisons.value ?? []} />
  if (page === 'recipes')
    return recipes.value === null || checks.value === null ? (
      <p class="loading">Asking the hub ...</p>
    ) : (
      <RecipesPage recipes={recipes.value} checks={checks.value} seen={seen} />
    )
  if (page === 'runs') return <RunsPage seen={seen} item={item} detail={run.value} />
  if (page === 'datasets')
    return datasets.value === null ? (
      <p class="loading">Asking the hub ...</p>
    ) : (
      <DatasetsPage datasets={datasets.value} />
    )
  if (page !== 'stations') return <OverviewPage seen={seen} />
  if (device.value !== null) return <StationPage detail={device.value} />
  const isKnown = seen.devices.some(({ id }) => id === item)
  return <p class="loading">{isKnown ? 'Asking the hub ...' : `No station is named ${item ?? ''}.`}</p>
}

function Footer({ seen: { hub, telemetry } }: { seen: Overview }) {
  return (
    <footer>
      <span>fleet time {eventTime(hub.fleetTime)}</span>
      <span>
        telemetry {count(telemetry.accepted)} accepted, {count(telemetry.duplicates)} duplicates,{' '}
        {count(telemetry.rejected)} rejected, {count(telemetry.lost)} lost
      </span>
      <span>event loop p99 {decimals(hub.eventLoopP99Ms, 0)} ms</span>
      <span>hub {decimals(hub.rssMb, 0)} MB</span>
      <span>{hub.trust.state === 'none' ? 'no trust set up' : `${hub.trust.state} trust`}</span>
      <span>version {hub.version}</span>
    </footer>
  )
}
