/**
 * ModelProto bytes -> what a model is made of. Strict, since the file comes from elsewhere: every field is known, every length
 * lies inside its message, every list has a limit. ONNX Runtime checks shapes and types again when it loads the file.
 */
import { BUNDLE_FILE_BYTES_MAX } from '@fleetcast/shared/protocol/limits.ts'
import { err, ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { ENTRY, MESSAGES, MODEL, OPSET } from './fields.ts'
import { readGraph, type ReadGraph } from './read-graph.ts'
import { Faults, MessageReader, type WireCode } from './read-wire.ts'

export type ReadModel = ReadGraph & {
  readonly irVersion: number
  /** Version by operator domain; '' is ai.onnx. */
  readonly opsets: Readonly<Record<string, number>>
  readonly producer: string
  readonly metadata: Readonly<Record<string, string>>
  readonly functions: number
  readonly trainingInfos: number
  /** What the nodes are, inner graphs included, by domain and operator. */
  readonly operators: readonly UsedOperator[]
}

export type UsedOperator = {
  readonly domain: string
  readonly operator: string
  readonly count: number
  /** Of the first node. */
  readonly firstName: string
  readonly isInSubgraph: boolean
}

export type ReadModelCode = WireCode | 'onnx/tooLarge'

const OPSETS_MAX = 32
const METADATA_MAX = 256

/** The refusal's `at` is the byte of the file where the field begins that is wrong. Nodes and constants stay views into `file`. */
export function readModel(file: Uint8Array): Result<ReadModel, Refusal<ReadModelCode>> {
  if (file.length > BUNDLE_FILE_BYTES_MAX)
    return refuse(
      'onnx/tooLarge',
      `a model has at most ${BUNDLE_FILE_BYTES_MAX} bytes, this one has ${file.length}`,
    )
  const faults = new Faults()
  const read = walkModel(new MessageReader(file, faults, { message: MESSAGES.model }))
  if (faults.first !== null) return err(faults.first)
  if (read.graph === null) return refuse('onnx/malformed', 'the file holds no graph', 'byte 0')
  const { graph, opsets, metadata, ...rest } = read
  return ok({
    ...rest,
    ...graph,
    opsets: Object.fromEntries(opsets),
    metadata: Object.fromEntries(metadata),
    operators: operatorsOf(graph),
  })
}

function walkModel(model: MessageReader) {
  const opsets = new Map<string, number>()
  const metadata = new Map<string, string>()
  let graph: ReadGraph | null = null
  const read = { irVersion: 0, producer: '', functions: 0, trainingInfos: 0 }
  for (let field = model.next(); field !== null; field = model.next()) {
    if (field === MODEL.irVersion) read.irVersion = model.integer
    else if (field === MODEL.producer) read.producer = model.text
    else if (field === MODEL.opset) readOpset(model, opsets)
    else if (field === MODEL.metadata) readEntry(model, metadata)
    else if (field === MODEL.functions) read.functions += 1
    else if (field === MODEL.training) read.trainingInfos += 1
    else if (field === MODEL.graph && graph === null) graph = readGraph(model)
    else if (field === MODEL.graph) model.fault('onnx/malformed', 'the file holds two graphs')
  }
  return { ...read, opsets, metadata, graph }
}

function readOpset(reader: MessageReader, opsets: Map<string, number>): void {
  const opset = reader.inside(MESSAGES.opset)
  let [domain, version] = ['', 0]
  for (let field = opset.next(); field !== null; field = opset.next()) {
    if (field === OPSET.domain) domain = opset.text
    else version = opset.integer
  }
  const known = domain === 'ai.onnx' ? '' : domain
  if (opsets.has(known)) reader.fault('onnx/malformed', `two versions of the domain "${known}"`)
  opsets.set(known, version)
  if (opsets.size > OPSETS_MAX) reader.fault('onnx/tooMany', `more than ${OPSETS_MAX} operator sets`)
}

function readEntry(reader: MessageReader, metadata: Map<string, string>): void {
  const entry = reader.inside(MESSAGES.entry)
  let [key, value] = ['', '']
  for (let field = entry.next(); field !== null; field = entry.next()) {
    if (field === ENTRY.key) key = entry.text
    else value = entry.text
  }
  metadata.set(key, value)
  if (metadata.size > METADATA_MAX) reader.fault('onnx/tooMany', `more than ${METADATA_MAX} metadata entries`)
}

function operatorsOf({ nodes }: ReadGraph): readonly UsedOperator[] {
  const used = new Map<string, UsedOperator>()
  for (const { domain, operator, name, depth } of nodes) {
    const key = `${domain}:${operator}`
    const known = used.get(key)
    used.set(key, {
      ...{ domain, operator },
      count: (known?.count ?? 0) + 1,
      firstName: known?.firstName ?? name,
      isInSubgraph: (known?.isInSubgraph ?? false) || depth > 0,
    })
  }
  return [...used.values()].sort((a, b) =>
    `${a.domain}:${a.operator}` < `${b.domain}:${b.operator}` ? -1 : 1,
  )
}
