"""The look before the library: every way in which a number of the model could lead astray."""

import lightgbm
import numpy as np
import pytest
from onnx import TensorProto, helper

from adapters.models.formats import ModelFormat
from adapters.models.precheck import precheck

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def trees() -> str:
    dice = np.random.default_rng(1)
    table = dice.normal(size=(2_000, 3))
    rows = lightgbm.Dataset(table, (table[:, 0] > table[:, 1]).astype(np.float32))
    parameters = {"objective": "binary", "num_leaves": 4, "verbose": -1, "num_threads": 1}
    return str(lightgbm.train(parameters, rows, num_boost_round=2).model_to_string())


def with_line(text: str, name: str, change: str) -> str:
    """Return *text* with the first value of its first line called *name* replaced, same length."""
    at = text.index(f"\n{name}=") + len(name) + 2
    end = min(i for i in (text.find(" ", at), text.find("\n", at)) if i > 0)
    old = text[at:end]
    return text[:at] + change.rjust(len(old), "0")[-max(len(old), len(change)) :] + text[end:]


def test_what_the_library_wrote_passes(trees: str) -> None:
    precheck(trees.encode(), ModelFormat.LIGHTGBM)


TREE_FAULTS = {
    "child beyond": ("left_child", "9"),
    "child of itself": ("left_child", "0"),
    "leaf beyond": ("right_child", "-9"),
    "feature beyond": ("split_feature", "7"),
    "threshold nan": ("threshold", "nan"),
    "threshold inf": ("threshold", "inf"),
    "leaf nan": ("leaf_value", "nan"),
    "more leaves": ("num_leaves", "9"),
    "no leaves": ("num_leaves", "0"),
    "leaves without end": ("num_leaves", "999999999999"),
    "categories": ("num_cat", "1"),
    "decision type": ("decision_type", "99"),
    "classes": ("num_class", "3"),
    "feature count": ("max_feature_idx", "9"),
    "first size": ("tree_sizes", "1"),
    "negative size": ("tree_sizes", "-5"),
    "linear": ("is_linear", "1"),
    "no number": ("left_child", "x"),
}


@pytest.mark.parametrize("fault", TREE_FAULTS)
def test_a_tree_that_leads_astray_is_refused(trees: str, fault: str) -> None:
    changed = with_line(trees, *TREE_FAULTS[fault])

    assert changed != trees
    with pytest.raises(ValueError):  # noqa: PT011 - any of them
        precheck(changed.encode(), ModelFormat.LIGHTGBM)


def test_text_cut_anywhere_within_its_trees_is_refused(trees: str) -> None:
    for at in range(0, trees.index("end of trees"), 37):
        with pytest.raises(ValueError):  # noqa: PT011 - any of them
            precheck(trees[:at].encode(), ModelFormat.LIGHTGBM)


def test_a_circle_apart_from_the_root_is_refused(trees: str) -> None:
    start = trees.index("left_child=")
    stop = trees.index("\n", start)
    count = len(trees[start:stop].split("=")[1].split())
    assert count == 3
    right = trees.index("right_child=")
    ends = trees.index("\n", right)
    circle = trees[:start] + "left_child=-1 2 1" + trees[stop:right] + "right_child=-2 -3 -4"
    with pytest.raises(ValueError):  # noqa: PT011 - reached or sized wrongly
        precheck((circle + trees[ends:]).encode(), ModelFormat.LIGHTGBM)


def onnx_of(
    *,
    domain: str = "",
    dims: tuple[int, ...] = (2,),
    external: bool = False,
    subgraph: bool = False,
) -> bytes:
    """Return a model of one node with a tensor."""
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=dims)
    tensor.raw_data = np.zeros(2, np.float32).tobytes()
    if external:
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="../../etc/passwd")
    node = helper.make_node("Add", ["x", "w"], ["y"], domain=domain)
    if subgraph:
        inner = helper.make_graph([], "inner", [], [])
        node.attribute.append(helper.make_attribute("body", inner))
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2]) for name in ("x", "y")]
    graph = helper.make_graph([node], "g", [ends[0]], [ends[1]], [tensor])
    return bytes(helper.make_model(graph).SerializeToString())


def test_a_plain_graph_passes() -> None:
    precheck(onnx_of(), ModelFormat.ONNX)
    precheck(onnx_of(domain="ai.onnx.ml"), ModelFormat.ONNX)


ONNX_FAULTS = {
    "foreign operator": onnx_of(domain="com.evil"),
    "external data": onnx_of(external=True),
    "huge tensor": onnx_of(dims=(1 << 40,)),
    "negative tensor": onnx_of(dims=(-1,)),
    "tensor beyond its bytes": onnx_of(dims=(100_000,)),
    "subgraph": onnx_of(subgraph=True),
    "no graph": b"\x08\x0a",
    "two graphs": onnx_of() + onnx_of(),
    "tail": onnx_of() + b"\x00",
    "unknown field": onnx_of() + b"\xca\x01\x00",
    "cut": onnx_of()[:-3],
    "endless number": b"\x08" + b"\xff" * 12,
}


@pytest.mark.parametrize("fault", ONNX_FAULTS)
def test_a_graph_that_reaches_out_is_refused(fault: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of them
        precheck(ONNX_FAULTS[fault], ModelFormat.ONNX)


@pytest.mark.parametrize(
    "text", ["[]", '{"a": NaN}', '{"a": Infinity}', '{"a": 1e999}', '{"a": 1, "a": 2}', "{",
             '{"a": ' + "[" * 100_000]
)  # fmt: skip
def test_json_that_is_no_plain_object_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of them
        precheck(text.encode(), ModelFormat.JSON)


def test_plain_json_passes() -> None:
    precheck(b'{"a": [1.5, {"b": null}]}', ModelFormat.JSON)
