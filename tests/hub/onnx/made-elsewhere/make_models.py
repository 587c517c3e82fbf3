"""Models as people bring them: made with PyTorch (torch.onnx.export) and scikit-learn, with what the library itself predicts.

Run by hand when a new exporter is worth a check: `python make_models.py` in a folder of its own writes *.onnx and expected.json
(PyTorch 2.13, onnx 1.23, scikit-learn 1.9). The scikit-learn models are written with onnx.helper in the shape that skl2onnx gives
them: the same operators, attributes, inputs and outputs.
"""

import json
import os

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.preprocessing import StandardScaler
from torch import nn

torch.manual_seed(1)
random = np.random.default_rng(1)
COLUMNS = 6
STEPS, CHANNELS = 30, 4
expected = {}


def rows_with_gaps(shape, share=0.1):
    rows = (random.standard_normal(shape) * 5).astype(np.float32)
    rows[random.random(shape) < share] = np.nan
    return rows


def keep(name, inputs, outputs):
    """Inputs and outputs by name, flat; null stands for NaN."""
    flat = lambda values: [None if np.isnan(v) else float(f'{v:.8g}') for v in np.asarray(values, np.float64).ravel()]
    expected[name] = {
        'inputs': {key: {'dims': list(value.shape), 'values': flat(value)} for key, value in inputs.items()},
        'outputs': {key: flat(value) for key, value in outputs.items()},
    }


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.LayerNorm(COLUMNS), nn.Linear(COLUMNS, 8), nn.GELU(), nn.BatchNorm1d(8), nn.Dropout(0.2), nn.Linear(8, 1)
        )

    def forward(self, x):
        return self.layers(torch.where(torch.isnan(x), torch.zeros_like(x), x))


class Recurrent(nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.cell = cell(CHANNELS, 5, num_layers=2, batch_first=True)
        self.head = nn.Linear(5, 1)

    def forward(self, window):
        states, _ = self.cell(torch.nan_to_num(window / 50))
        return self.head(states[:, -1])


def export(name, model, rows, input_name, **options):
    model.eval()
    with torch.no_grad():
        keep(name, {input_name: rows}, {'y': model(torch.from_numpy(rows)).numpy()})
    names = {'input_names': [input_name], 'output_names': ['y']}
    torch.onnx.export(model, (torch.from_numpy(rows),), f'{name}.onnx', **names, **options)
    strip(name)


def strip(name):
    """The exporter writes the lines of this very file into metadata."""
    model = onnx.load(f'{name}.onnx')
    for part in [model, model.graph, *model.graph.node, *model.graph.initializer, *model.graph.input, *model.graph.output]:
        del part.metadata_props[:]
        part.doc_string = ''
    for value in model.graph.value_info:
        del value.metadata_props[:]
    onnx.save(model, f'{name}.onnx')


def torch_models():
    by_graph = lambda name: {'dynamo': True, 'external_data': False, 'dynamic_shapes': {name: {0: torch.export.Dim('N')}}}
    by_trace = lambda name, opset: {'dynamo': False, 'opset_version': opset, 'dynamic_axes': {name: {0: 'N'}}}
    columns = rows_with_gaps((5, COLUMNS))
    windows = rows_with_gaps((3, STEPS, CHANNELS))
    mlp, gru, lstm = Mlp(), Recurrent(nn.GRU), Recurrent(nn.LSTM)
    export('torch-mlp', mlp, columns, 'x', **by_graph('x'))
    export('torch-mlp-opset13', mlp, columns, 'x', **by_trace('x', 13))
    export('torch-gru', gru, windows, 'inputs', **by_graph('window'))
    export('torch-lstm-opset11', lstm, windows, 'inputs', **by_trace('inputs', 11))


def save(name, nodes, inputs, outputs, *, opset=17, ml=3, initializers=()):
    graph = helper.make_graph(nodes, name, inputs, outputs, list(initializers))
    opsets = [helper.make_opsetid('', opset), helper.make_opsetid('ai.onnx.ml', ml)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name='skl2onnx')
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, f'{name}.onnx')


def floats(name, *dims):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, *dims])


def scaled_linear():
    rows = rows_with_gaps((60, COLUMNS), 0)
    target = rows @ np.arange(1, COLUMNS + 1) + 3
    scaler = StandardScaler().fit(rows)
    model = LinearRegression().fit(scaler.transform(rows), target)
    nodes = [
        helper.make_node('Scaler', ['X'], ['variable'], 'Scaler', domain='ai.onnx.ml',
                         offset=scaler.mean_.astype(np.float32), scale=(1 / scaler.scale_).astype(np.float32)),
        helper.make_node('LinearRegressor', ['variable'], ['predicted'], 'LinearRegressor', domain='ai.onnx.ml',
                         coefficients=model.coef_.astype(np.float32), intercepts=[float(model.intercept_)]),
    ]
    save('sklearn-linear', nodes, [floats('X', COLUMNS)], [floats('predicted', 1)], opset=15, ml=1)
    keep('sklearn-linear', {'X': rows[:5]}, {'predicted': model.predict(scaler.transform(rows[:5]))})


def trees_of(estimators):
    """Of each estimator (feature, threshold, left, right, value, missing goes left); feature below 0 is a leaf."""
    out = {key: [] for key in ('nodes_treeids nodes_nodeids nodes_featureids nodes_modes nodes_values nodes_truenodeids '
                               'nodes_falsenodeids nodes_missing_value_tracks_true nodes_hitrates target_treeids '
                               'target_nodeids target_ids target_weights').split()}
    for tree, nodes in enumerate(estimators):
        for node, (feature, threshold, left, right, value, missing) in enumerate(nodes):
            leaf = feature < 0
            for key, one in [('treeids', tree), ('nodeids', node), ('featureids', 0 if leaf else feature),
                             ('modes', 'LEAF' if leaf else 'BRANCH_LEQ'), ('values', 0.0 if leaf else threshold),
                             ('truenodeids', 0 if leaf else left), ('falsenodeids', 0 if leaf else right),
                             ('missing_value_tracks_true', int(missing)), ('hitrates', 1.0)]:
                out[f'nodes_{key}'].append(one)
            if leaf:
                for key, one in [('treeids', tree), ('nodeids', node), ('ids', 0), ('weights', value)]:
                    out[f'target_{key}'].append(one)
    return out


def float32_below(threshold):
    """A float32 row is <= the float64 threshold exactly when it is <= this."""
    as32 = np.float32(threshold)
    return float(as32 if as32 <= threshold else np.nextafter(as32, np.float32(-np.inf)))


def forest():
    rows = rows_with_gaps((200, COLUMNS), 0)
    target = np.abs(rows[:, 0]) + rows[:, 2] * (rows[:, 4] > 0)
    model = RandomForestRegressor(8, max_depth=4, random_state=1).fit(rows, target)
    trees = [
        [(t.feature[i], float32_below(t.threshold[i]), t.children_left[i], t.children_right[i],
          t.value[i][0][0] / len(model.estimators_), False) for i in range(t.node_count)]
        for t in (one.tree_ for one in model.estimators_)
    ]
    node = helper.make_node('TreeEnsembleRegressor', ['X'], ['variable'], 'TreeEnsembleRegressor', domain='ai.onnx.ml',
                            n_targets=1, aggregate_function='SUM', post_transform='NONE', **trees_of(trees))
    save('sklearn-forest', [node], [floats('X', COLUMNS)], [floats('variable', 1)], ml=1)
    keep('sklearn-forest', {'X': rows[:5]}, {'variable': model.predict(rows[:5])})


def boosting_with_gaps():
    rows = rows_with_gaps((300, COLUMNS))
    target = np.where(np.isnan(rows[:, 1]), 7, rows[:, 1]) + np.nan_to_num(rows[:, 3]) * 2
    model = HistGradientBoostingRegressor(max_iter=12, max_leaf_nodes=6, min_samples_leaf=5).fit(rows, target)
    trees = []
    for (predictor,) in model._predictors:
        trees.append([(-1 if n['is_leaf'] else int(n['feature_idx']), float32_below(n['num_threshold']), int(n['left']),
                       int(n['right']), float(n['value']), bool(n['missing_go_to_left'])) for n in predictor.nodes])
    node = helper.make_node('TreeEnsembleRegressor', ['X'], ['variable'], 'TreeEnsembleRegressor', domain='ai.onnx.ml',
                            n_targets=1, post_transform='NONE', base_values=[float(model._baseline_prediction[0, 0])],
                            **trees_of(trees))
    save('sklearn-boosting', [node], [floats('X', COLUMNS)], [floats('variable', 1)])
    keep('sklearn-boosting', {'X': rows[:5]}, {'variable': model.predict(rows[:5])})


def classifier_of_columns():
    """One input a column, as skl2onnx does for a DataFrame; label and probabilities, as with zipmap=False."""
    rows = rows_with_gaps((200, 2), 0)
    model = LogisticRegression().fit(rows, (rows[:, 0] + rows[:, 1] > 0).astype(int))
    weights, shift = model.coef_[0], model.intercept_[0]
    nodes = [
        helper.make_node('Concat', ['warmth', 'depth'], ['joined'], 'Concat', axis=-1),
        helper.make_node('LinearClassifier', ['joined'], ['label', 'raw'], 'LinearClassifier', domain='ai.onnx.ml',
                         classlabels_ints=[0, 1], coefficients=[*(-weights), *weights], intercepts=[-shift, shift],
                         multi_class=1, post_transform='LOGISTIC'),
        helper.make_node('Normalizer', ['raw'], ['probabilities'], 'Normalizer', domain='ai.onnx.ml', norm='L1'),
    ]
    outputs = [helper.make_tensor_value_info('label', TensorProto.INT64, [None]), floats('probabilities', 2)]
    save('sklearn-classifier', nodes, [floats('warmth', 1), floats('depth', 1)], outputs, ml=1)
    columns = {'warmth': rows[:5, :1], 'depth': rows[:5, 1:]}
    keep('sklearn-classifier', columns, {'probabilities': model.predict_proba(rows[:5])})


torch_models()
scaled_linear()
forest()
boosting_with_gaps()
classifier_of_columns()
with open('expected.json', 'w') as file:
    json.dump(expected, file, separators=(',', ':'))
    file.write('\n')
print({name: os.path.getsize(name) for name in sorted(os.listdir('.'))})
