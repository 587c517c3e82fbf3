"""A recurrent network of PyTorch on the window itself, for the hub: python3 window.py history.csv recipe.json UNTIL

Writes model.onnx and s.json for the hub, and said.csv: what the model says to the newest rows. Needs PyTorch (and onnx, for its exporter).
"""

import argparse
import inspect
import json

import numpy as np
import torch
from history import change_to_target, read_history, read_recipe, write_said
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument('history'), parser.add_argument('recipe'), parser.add_argument('until')
parser.add_argument('--epochs', type=int, default=20), parser.add_argument('--units', type=int, default=24)
options = parser.parse_args()
recipe = read_recipe(options.recipe)
steps, sensors = recipe['windowSteps'], len(recipe['channels'])
torch.manual_seed(1)

stations = read_history(options.history, recipe, options.until)
windows, changes = [], []
for _first, values in stations.values():
    change = change_to_target(recipe, values)
    for row in np.flatnonzero(~np.isnan(change)):
        if row >= steps - 1:
            windows.append(values[row - steps + 1 : row + 1])  # oldest row first, the newest last
            changes.append(change[row])
x, y = torch.tensor(np.array(windows)), torch.tensor(np.array(changes))[:, None]


class Forecast(nn.Module):
    """Gaps arrive as NaN; what scales and fills them is part of the model, so that the file is all there is."""

    def __init__(self, centre, scale, unit):
        super().__init__()
        self.register_buffer('centre', centre), self.register_buffer('scale', scale), self.register_buffer('unit', unit)
        self.cell = nn.GRU(2 * sensors, options.units, batch_first=True)
        self.head = nn.Linear(options.units, 1)

    def forward(self, window):
        # Site channels (latitude, longitude) come behind the sensors; this model does not look at them.
        scaled = (window[:, :, :sensors] - self.centre) / self.scale
        missing = torch.isnan(scaled)
        filled = torch.where(missing, torch.zeros_like(scaled), scaled)
        states, _last = self.cell(torch.cat([filled, missing.to(filled.dtype)], 2))
        return self.unit * self.head(states[:, -1])


flat = np.concatenate([values for _first, values in stations.values()])
model = Forecast(torch.tensor(np.nanmean(flat, 0)), torch.tensor(np.nanstd(flat, 0)), y.std())
optimizer = torch.optim.Adam(model.parameters(), 3e-3)
for epoch in range(options.epochs):
    order = torch.randperm(len(x))
    for start in range(0, len(x), 256):
        batch = order[start : start + 256]
        optimizer.zero_grad()
        nn.functional.l1_loss(model(x[batch]), y[batch]).backward()
        optimizer.step()

model.eval()
# The window as the hub gives it, site channels included; the first dimension stays free.
channels = sensors + len(recipe['siteChannels'])
example = torch.zeros(2, steps, channels)
# Newer PyTorch has two exporters; this one writes one file without being asked to.
way = {'dynamo': False} if 'dynamo' in inspect.signature(torch.onnx.export).parameters else {}
torch.onnx.export(model, (example,), 'model.onnx', input_names=['window'], output_names=['change'], opset_version=17,
                  dynamic_axes={'window': {0: 'N'}, 'change': {0: 'N'}}, **way)

signature = {
    'schema': 'fleetcast/import-signature/1',
    'recipe': recipe['name'],
    'input': {'kind': 'window'},
    'output': {'name': 'change', 'kind': 'change'},
    'trainedUntil': options.until,
    'trainedOn': {'sites': sorted(stations)},
    'author': 'ada',
    'description': 'GRU on the window',
}
with open('s.json', 'w') as file:
    json.dump(signature, file, indent=2)


def say(i, at):
    values = list(stations.values())[i][1]
    with torch.no_grad():
        return model(torch.tensor(np.array([values[row - steps + 1 : row + 1] for row in at])))[:, 0].numpy()


write_said('said.csv', recipe, stations, say)
