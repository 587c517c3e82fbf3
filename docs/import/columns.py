"""Boosted trees of scikit-learn with bounds, for the hub: python3 columns.py history.csv recipe.json UNTIL

Writes model.onnx and s.json for the hub, and said.csv: what the model says to the newest rows. Needs scikit-learn and onnx.
"""

import argparse
import json

import numpy as np
import onnx
from history import back, change_to_target, read_history, read_recipe, write_said
from onnx import TensorProto, helper
from sklearn.ensemble import HistGradientBoostingRegressor

parser = argparse.ArgumentParser()
parser.add_argument('history'), parser.add_argument('recipe'), parser.add_argument('until')
parser.add_argument('--trees', type=int, default=150), parser.add_argument('--leaves', type=int, default=16)
options = parser.parse_args()
recipe = read_recipe(options.recipe)
target = recipe['target']['channel']

# Once for the fit and once for the hub: the signature names these very features.
COLUMNS = [
    {'name': 'now', 'feature': {'lag': target, 'steps': [0]}},
    {'name': 'hour ago', 'feature': {'difference': target, 'steps': [1]}},
    {'name': 'day ago', 'feature': {'difference': target, 'steps': [24]}},
    {'name': 'mean', 'feature': {'mean': target, 'steps': [24]}},
    {'name': 'lowest', 'feature': {'range': target, 'steps': [24]}, 'take': 0},
    {'name': 'pressure', 'feature': {'lag': 'pressure', 'steps': [0]}},
    {'name': 'sine of the day', 'feature': {'calendar': ['day'], 'harmonics': 1}, 'take': 0},
    {'name': 'cosine of the day', 'feature': {'calendar': ['day'], 'harmonics': 1}, 'take': 1},
]
COVERAGE = 0.8
# The hub computes the same columns, but their last bit may differ. Fitted on rounded ones, with every threshold a quarter of a step
# aside, no row comes to lie on an edge where that bit would send it down another branch.
STEP = 1e-4


def column(spec, first, values):
    feature = spec['feature']
    kind = next(iter(feature))
    if kind == 'calendar':  # UTC; the year has 365.2425 days
        period = {'day': 86_400, 'year': 365.2425 * 86_400}[feature['calendar'][0]]
        seconds = first + np.arange(len(values)) * recipe['cadenceMinutes'] * 60
        return [np.sin, np.cos][spec['take']](2 * np.pi * (seconds % period) / period)
    x = values[:, [one['name'] for one in recipe['channels']].index(feature[kind])]
    (steps,) = feature['steps']
    if kind == 'lag':
        return back(x, steps)
    if kind == 'difference':
        return x - back(x, steps)
    rows = np.stack([back(x, k) for k in range(steps)])  # what is missing is left out
    present = ~np.isnan(rows)
    if kind == 'mean':
        with np.errstate(invalid='ignore'):
            return np.where(present, rows, 0).sum(0) / present.sum(0)
    low = np.where(present, rows, np.inf).min(0)
    high = np.where(present, rows, -np.inf).max(0)
    return np.where(present.any(0), [low, high, high - low][spec['take']], np.nan)


def trees_of(model):
    """A TreeEnsembleRegressor's attributes: what skl2onnx makes of the same model."""
    out = {}
    add = lambda **fields: [out.setdefault(key, []).append(value) for key, value in fields.items()]
    for tree, (predictor,) in enumerate(model._predictors):
        for node, n in enumerate(predictor.nodes):
            leaf = bool(n['is_leaf'])
            add(nodes_treeids=tree, nodes_nodeids=node, nodes_featureids=0 if leaf else int(n['feature_idx']),
                nodes_modes='LEAF' if leaf else 'BRANCH_LEQ', nodes_values=0.0 if leaf else float32_below(n['num_threshold'] + STEP / 4),
                nodes_truenodeids=0 if leaf else int(n['left']), nodes_falsenodeids=0 if leaf else int(n['right']),
                nodes_missing_value_tracks_true=0 if leaf else int(n['missing_go_to_left']), nodes_hitrates=1.0)
            if leaf:
                add(target_treeids=tree, target_nodeids=node, target_ids=0, target_weights=float(n['value']))
    return {**out, 'base_values': [float(np.ravel(model._baseline_prediction)[0])]}


def float32_below(threshold):
    """A float32 row is <= the float64 threshold exactly when it is <= this."""
    as32 = np.float32(threshold)
    return float(as32 if as32 <= threshold else np.nextafter(as32, np.float32(-np.inf)))


stations = read_history(options.history, recipe, options.until)
rows, changes = [], []
for first, values in stations.values():
    exact = np.stack([column(one, first, values) for one in COLUMNS], 1)
    rows.append(np.round(exact / STEP) * STEP)
    changes.append(change_to_target(recipe, values))
known = [~np.isnan(y) for y in changes]
# One block of ten days in five, all over the seasons, says by how much the bounds are too narrow, or too wide.
day = [np.arange(len(y)) * recipe['cadenceMinutes'] // 1_440 for y in changes]
x, y, day = (np.concatenate([one[k] for one, k in zip(all, known)]) for all in (rows, changes, day))
held_out = (day // 10) % 5 == 4

models = {}
for name, loss in {'change': {'loss': 'absolute_error'}, 'p10': {'loss': 'quantile', 'quantile': (1 - COVERAGE) / 2},
                   'p90': {'loss': 'quantile', 'quantile': (1 + COVERAGE) / 2}}.items():
    shape = {'max_iter': options.trees, 'max_leaf_nodes': options.leaves, 'random_state': 1, 'early_stopping': False}
    models[name] = HistGradientBoostingRegressor(**loss, **shape).fit(x[~held_out], y[~held_out])
low, high = (models[name].predict(x[held_out]) for name in ('p10', 'p90'))
margin = float(np.quantile(np.maximum(low - y[held_out], y[held_out] - high), COVERAGE))  # Romano et al. 2019

nodes = [
    helper.make_node('TreeEnsembleRegressor', ['x'], [name if name == 'change' else f'raw {name}'], domain='ai.onnx.ml',
                     n_targets=1, post_transform='NONE', **trees_of(model))
    for name, model in models.items()
]
# Quantiles that are fitted one by one may cross, and the hub refuses bounds that do.
margin = helper.make_tensor('margin', TensorProto.FLOAT, [], [margin])
nodes += [
    helper.make_node('Sub', ['raw p10', 'margin'], ['low']), helper.make_node('Add', ['raw p90', 'margin'], ['high']),
    helper.make_node('Min', ['low', 'high'], ['p10']), helper.make_node('Max', ['low', 'high'], ['p90']),
]
floats = lambda name, width: helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, width])
graph = helper.make_graph(nodes, 'columns', [floats('x', len(COLUMNS))], [floats(name, 1) for name in models], [margin])
opsets = [helper.make_opsetid('', 17), helper.make_opsetid('ai.onnx.ml', 3)]
onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), 'model.onnx')

signature = {
    'schema': 'fleetcast/import-signature/1',
    'recipe': recipe['name'],
    'input': {'kind': 'columns', 'columns': COLUMNS},
    'output': {'name': 'change', 'kind': 'change'},
    'interval': {'coverage': COVERAGE, 'lower': {'name': 'p10'}, 'upper': {'name': 'p90'}},
    'trainedUntil': options.until,
    'trainedOn': {'sites': sorted(stations)},
    'author': 'ada',
    'description': 'HistGradientBoostingRegressor, quantiles conformed on held-out days',
}
with open('s.json', 'w') as file:
    json.dump(signature, file, indent=2)

write_said('said.csv', recipe, stations, lambda i, at: models['change'].predict(rows[i][at]))
