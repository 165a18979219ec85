"""LightGBM's text, looked at before the library does, which trusts every number in it.

Each tree is a tree: children exist, every node has one parent and is reached; features exist;
thresholds and leaves are finite; and the sizes by which the library cuts the text are its own.
"""

import math
from typing import Final

TREES_MAX: Final = 20_000
LEAVES_MAX: Final = 65_536
_HEADER_NUMBERS: Final = {"num_class": 1, "num_tree_per_iteration": 1, "label_index": 0}
_END: Final = "end of trees"


def check_lightgbm(content: bytes) -> None:
    """Raise `ValueError` with what is wrong with the trees in *content*."""
    text = content.decode("ascii")
    if any(ch < " " and ch not in "\n\t" for ch in text):
        raise ValueError("a control character")
    begin = text.find("\nTree=0\n")
    end = text.find(f"\n{_END}\n")
    if begin < 0 or end < begin:
        raise ValueError("no trees between header and end")
    header = _values(text[:begin], "tree")
    for name, wanted in _HEADER_NUMBERS.items():
        if int(header.get(name, wanted)) != wanted:
            raise ValueError(f"{name} is {header[name][:20]}, not {wanted}")
    features = int(header["max_feature_idx"]) + 1
    if len(header["feature_names"].split()) != features:
        raise ValueError(f"{features} features, but other names for them")
    sizes = [int(size) for size in header["tree_sizes"].split()]
    if not 0 < len(sizes) <= TREES_MAX:
        raise ValueError(f"{len(sizes)} trees, not 1 to {TREES_MAX}")
    at = begin + 1
    for number, size in enumerate(sizes):
        tree = text[at : at + size] if size > 0 else ""
        if not tree.startswith(f"Tree={number}\n") or at + size > end + 1:
            raise ValueError(f"tree {number} does not lie where its size says")
        _check_tree(number, _values(tree, f"Tree={number}"), features)
        at += size
    if text[at : end + 1].strip():
        raise ValueError("something between the last tree and the end")


def _values(text: str, heading: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in text.split("\n"):
        if not line or line == heading:
            continue
        name, _, value = line.partition("=")
        if name in found:
            raise ValueError(f"{name[:40]!r} is said twice")
        found[name] = value
    return found


def _check_tree(number: int, tree: dict[str, str], features: int) -> None:
    leaves = int(tree["num_leaves"])
    if not 0 < leaves <= LEAVES_MAX:
        raise ValueError(f"tree {number}: {leaves} leaves, not 1 to {LEAVES_MAX}")
    if int(tree["num_cat"]) or int(tree.get("is_linear", "0")):
        raise ValueError(f"tree {number}: categories or linear leaves, which none of ours has")
    _floats(number, tree, "leaf_value", leaves)
    if leaves == 1:
        return
    nodes = leaves - 1
    _floats(number, tree, "threshold", nodes)
    _integers(number, tree, "decision_type", nodes, 0, 15)
    _integers(number, tree, "split_feature", nodes, 0, features - 1)
    left = _integers(number, tree, "left_child", nodes, -leaves, nodes - 1)
    right = _integers(number, tree, "right_child", nodes, -leaves, nodes - 1)
    # Every leaf and every node but the root is somebody's child once: then nothing goes in circles
    # unless a circle is apart from the root, which the walk below would not reach.
    if sorted(left + right) != [*range(-leaves, 0), *range(1, nodes)]:
        raise ValueError(f"tree {number}: its children are not a tree's")
    seen, waiting = 0, [0]
    while waiting:
        node = waiting.pop()
        seen += 1
        waiting += [child for child in (left[node], right[node]) if child >= 0]
    if seen != nodes:
        raise ValueError(f"tree {number}: not every node is reached")


def _integers(
    number: int, tree: dict[str, str], name: str, count: int, low: int, high: int
) -> list[int]:
    values = [int(value) for value in tree[name].split()]
    if len(values) != count or not all(low <= value <= high for value in values):
        raise ValueError(f"tree {number}: {name} is not {count} numbers from {low} to {high}")
    return values


def _floats(number: int, tree: dict[str, str], name: str, count: int) -> None:
    values = [float(value) for value in tree[name].split()]
    if len(values) != count or not all(map(math.isfinite, values)):
        raise ValueError(f"tree {number}: {name} is not {count} finite numbers")
