"""Which features moved an ensemble of trees: each step of a path moves the mean of what lies below.

The file holds no counts of training rows, so the leaves below a node weigh alike. What the steps
of all paths add up to is exactly the answer less the mean of the roots.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def path_contributions(content: bytes, row: NDArray[np.float32]) -> Floats:
    """Return how far each feature of *row* moved the chance of a win."""
    import onnx  # noqa: PLC0415 - a moment to import; only an explanation shall pay

    graph = onnx.load_from_string(content).graph
    node = next(one for one in graph.node if one.op_type.startswith("TreeEnsemble"))
    kept: dict[str, Any] = {
        one.name: onnx.helper.get_attribute_value(one) for one in node.attribute
    }
    trees = _trees(kept)
    parts = np.zeros(len(row))
    for nodes in trees.values():
        means: dict[int, tuple[float, int]] = {}
        _mean_below(nodes, 0, means)
        at = 0
        while nodes[at][0] >= 0:
            feature, threshold, yes, no, _ = nodes[at]
            after = yes if row[feature] <= threshold else no
            parts[feature] += means[after][0] - means[at][0]
            at = after
    return parts


_Node = tuple[int, float, int, int, float]


def _trees(kept: dict[str, Any]) -> dict[int, dict[int, _Node]]:
    """Return for each tree its nodes: feature (-1: a leaf), threshold, both ways on, weight."""
    weights: dict[tuple[int, int], float] = {}
    columns = (kept[f"class_{name}"] for name in ("treeids", "nodeids", "ids", "weights"))
    for tree, node, label, weight in zip(*columns, strict=True):
        if label == max(kept["class_ids"]):
            weights[tree, node] = float(weight)
    trees: dict[int, dict[int, _Node]] = {}
    names = ("treeids", "nodeids", "modes", "featureids", "values", "truenodeids", "falsenodeids")
    for tree, node, mode, feature, value, yes, no in zip(
        *(kept[f"nodes_{name}"] for name in names), strict=True
    ):
        leaf = mode == b"LEAF"
        weight = weights.get((tree, node), 0.0)
        trees.setdefault(tree, {})[node] = (-1 if leaf else feature, value, yes, no, weight)
    return trees


def _mean_below(
    nodes: dict[int, _Node], at: int, means: dict[int, tuple[float, int]]
) -> tuple[float, int]:
    """Return the mean weight of the leaves below *at* and their number, and note it in *means*."""
    feature, _, yes, no, weight = nodes[at]
    if feature < 0:
        means[at] = (weight, 1)
    else:
        (one, few), (other, many) = _mean_below(nodes, yes, means), _mean_below(nodes, no, means)
        means[at] = ((one * few + other * many) / (few + many), few + many)
    return means[at]
