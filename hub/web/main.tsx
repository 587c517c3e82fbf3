/** The dashboard's main: styles, data and the page. */
import { render } from 'preact'
import './styles/tokens.css'
import './styles/layout.css'
import './styles/parts.css'
import 'uplot/dist/uPlot.min.css'
import { App } from './app.tsx'
import { followHub } from './data.ts'
import { followRoute } from './route.ts'
import { applyTheme } from './theme.ts'

applyTheme()
followRoute()
followHub()
const root = document.getElementById('app')
if (root !== null) {
  root.replaceChildren()
  render(<App />, root)
}
