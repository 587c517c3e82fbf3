"""The table that the hub imports, as a model sees it: a row every interval, NaN where nothing was read or nothing believable."""

import csv
import json
from datetime import datetime, timezone

import numpy as np


def seconds_of(text):
    when = datetime.fromisoformat(text.replace('Z', '+00:00'))
    return int((when if when.tzinfo else when.replace(tzinfo=timezone.utc)).timestamp())


def read_recipe(path):
    """As `fleetcast recipes show NAME > recipe.json` writes it."""
    with open(path) as file:
        return json.load(file)


def read_history(path, recipe, until):
    """{station: (seconds of the first row, values [rows, channels])}, rows of `until` and before alone."""
    cadence = recipe['cadenceMinutes'] * 60
    readings = {}
    with open(path) as file:
        for row in csv.DictReader(file):
            at = seconds_of(row['time_utc'])
            if at <= seconds_of(until):
                readings.setdefault(row['station'].lower(), {})[at] = [value_of(row, one) for one in recipe['channels']]
    stations = {}
    for station, by_time in readings.items():
        first, last = min(by_time), max(by_time)
        values = np.full(((last - first) // cadence + 1, len(recipe['channels'])), np.nan, np.float32)
        for at, row in by_time.items():
            if (at - first) % cadence == 0:
                values[(at - first) // cadence] = row
        stations[station] = (first, values)
    return stations


def value_of(row, channel):
    text = row[channel['column']]
    value = float(text) if text != '' else np.nan
    return value if channel['min'] <= value <= channel['max'] else np.nan


def back(values, steps):
    """What was there so many rows ago."""
    out = np.full_like(values, np.nan)
    out[steps:] = values[: len(values) - steps]
    return out


def change_to_target(recipe, values):
    """The target `horizonSteps` later minus now: what an output of kind "change" says."""
    channel = [one['name'] for one in recipe['channels']].index(recipe['target']['channel'])
    now, horizon = values[:, channel], recipe['target']['horizonSteps']
    later = np.full_like(now, np.nan)
    later[:-horizon] = now[horizon:]
    return later - now


def write_said(path, recipe, stations, say):
    """The forecast of the newest rows of each station, to hold beside the hub's. `say(number, rows)` -> changes."""
    channel = [one['name'] for one in recipe['channels']].index(recipe['target']['channel'])
    with open(path, 'w') as file:
        file.write('station,time_utc,forecast\n')
        for i, (station, (first, values)) in enumerate(stations.items()):
            newest = [row for row in range(len(values) - 40, len(values)) if not np.isnan(values[row, channel])]
            for row, change in zip(newest, say(i, newest)):
                at = datetime.fromtimestamp(first + row * recipe['cadenceMinutes'] * 60, timezone.utc)
                file.write(f'{station},{at:%Y-%m-%dT%H:%M:%SZ},{values[row, channel] + change:.5f}\n')
