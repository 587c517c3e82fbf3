import { z, type OpenAPIHono } from '@hono/zod-openapi'
import { datasetLineage, deviceLineage, recall, versionLineage } from '../../registry/lineage.ts'
import type { ApiPorts } from '../api-ports.ts'
import { orProblem } from '../problems.ts'
import {
  DatasetLineageResource,
  DeviceLineageResource,
  RecallResource,
  VersionLineageResource,
} from '../resources/lineage.ts'
import { defineRoute, jsonAnswer } from './route-parts.ts'

const byId = { params: z.object({ id: z.string().max(160) }) }
/** A time or a day, read as UTC. */
const time = z.union([z.iso.datetime(), z.iso.date()]).transform((text) => Date.parse(text))

const get = { method: 'get' as const, tags: ['lineage'] }

export const routes = {
  dataset: defineRoute({
    operationId: 'datasetLineage',
    ...get,
    path: '/api/v1/lineage/datasets/{id}',
    summary: 'From a dataset to its runs, versions and devices',
    request: byId,
    responses: jsonAnswer(DatasetLineageResource),
  }),
  version: defineRoute({
    operationId: 'versionLineage',
    ...get,
    path: '/api/v1/lineage/versions/{id}',
    summary: 'From a version (digest, recipe@version or recipe@alias) to its dataset, stations and devices',
    request: byId,
    responses: jsonAnswer(VersionLineageResource),
  }),
  device: defineRoute({
    operationId: 'deviceLineage',
    ...get,
    path: '/api/v1/lineage/devices/{id}',
    summary: 'From a device to what its models were trained on',
    request: byId,
    responses: jsonAnswer(DeviceLineageResource),
  }),
  recall: defineRoute({
    operationId: 'recallDevices',
    ...get,
    path: '/api/v1/recall',
    summary: 'Versions that were trained on a station in a time, and the devices that have them',
    request: { query: z.object({ station: z.string().max(63), from: time, until: time }) },
    responses: jsonAnswer(RecallResource),
  }),
}

/** The views are readonly, the resources are not. */
const asResource = <T>(value: unknown): T => value as T

export function addLineageRoutes(app: OpenAPIHono, { store }: ApiPorts): void {
  app.openapi(routes.dataset, async (c) => {
    const found = orProblem(await datasetLineage(store, c.req.valid('param').id))
    return c.json(asResource<DatasetLineageResource>(found), 200)
  })
  app.openapi(routes.version, async (c) => {
    const found = orProblem(await versionLineage(store, c.req.valid('param').id))
    return c.json(asResource<VersionLineageResource>(found), 200)
  })
  app.openapi(routes.device, async (c) => {
    const found = orProblem(await deviceLineage(store, c.req.valid('param').id))
    return c.json(asResource<DeviceLineageResource>(found), 200)
  })
  app.openapi(routes.recall, async (c) => {
    const { station, from, until } = c.req.valid('query')
    const found = await recall(store, { station: station.toLowerCase(), from, until: until - 1 })
    return c.json(asResource<RecallResource>(found), 200)
  })
}
