/** Checks the thresholds on this machine, then hands the files to the hub, which checks everything again. */
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { Api } from '../../ports/api.ts'
import type { Stage } from '../../ports/stage-folder.ts'
import { openStage } from '../../signing/staged.ts'
import { missingText } from './staged-text.ts'

export async function publishStage(api: Api, stage: Stage): Promise<Result<string, Refusal>> {
  const opened = await openStage(stage)
  if (!opened.ok) return opened
  const missing = missingText(opened.value)
  if (missing.length > 0)
    return refuse(
      'trust/unsigned',
      `signatures are missing: ${missing.join('; ')}; add them with "fleetcast trust sign"`,
    )
  const { files } = stage
  const [only] = files
  // A list of releases alone is the releaser's own business; roots are the administrator's.
  const published =
    files.length === 1 && only?.file.endsWith('.targets.json') === true
      ? await api.post<unknown>('/api/v1/releases', { targets: only.text })
      : await api.post<unknown>('/api/v1/trust/publications', { files })
  if (!published.ok) return published
  return ok(`published: ${files.map(({ repository, file }) => `${repository}/${file}`).join(', ')}`)
}
