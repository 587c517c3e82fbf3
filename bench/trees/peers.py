"""Fits scikit-learn's and xgboost's histogram trees on the matrices of `bench trees`, one thread; one JSON object a line."""
import json
import sys
import time

import numpy as np
import xgboost
from sklearn.ensemble import HistGradientBoostingRegressor


def read(folder, name, columns):
    values = np.fromfile(f"{folder}/{name}.f32", dtype=np.float32)
    return values if columns is None else values.reshape(-1, columns)


def peers(task):
    loss, rounds, leaves = task["loss"], task["rounds"], task["leaves"]
    rate, leaf_rows = task["learningRate"], task["rowsInLeafMin"]
    yield "sklearn", HistGradientBoostingRegressor(
        loss={"l2": "squared_error", "l1": "absolute_error"}[loss],
        max_iter=rounds, learning_rate=rate, max_leaf_nodes=leaves, min_samples_leaf=leaf_rows,
        l2_regularization=task["penalty"], early_stopping=False, random_state=1)
    if loss == "l2":
        yield "xgboost", xgboost.XGBRegressor(
            n_estimators=rounds, learning_rate=rate, max_leaves=leaves, max_depth=0, grow_policy="lossguide",
            tree_method="hist", max_bin=255, min_child_weight=leaf_rows, reg_lambda=task["penalty"], n_jobs=1)


def main(folder):
    for task in json.load(open(f"{folder}/tasks.json")):
        columns = task["columns"]
        x, y = read(folder, task["name"] + "-train-x", columns), read(folder, task["name"] + "-train-y", None)
        test_x, test_y = read(folder, task["name"] + "-test-x", columns), read(folder, task["name"] + "-test-y", None)
        for peer, model in peers(task):
            started = time.process_time()
            model.fit(x, y)
            seconds = time.process_time() - started
            error = model.predict(test_x) - test_y
            score = float(np.abs(error).mean() if task["loss"] == "l1" else np.sqrt((error ** 2).mean()))
            print(json.dumps({"task": task["name"], "loss": task["loss"], "peer": peer,
                              "cpuSeconds": seconds, "score": score}), flush=True)


main(sys.argv[1])
