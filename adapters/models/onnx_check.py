"""An ONNX model, looked at before the runtime does: one file, known operators, bounded tensors.

No external data, no operator of a foreign domain, no function, no subgraph, no training part, no
sparse tensor; the sizes of tensors are bounded and fit their bytes.
"""

from math import prod
from typing import Final

from adapters.models.protobuf import bytes_of, fields, integers, text_of

DOMAINS: Final = frozenset({"", "ai.onnx", "ai.onnx.ml"})
NODES_MAX: Final = 10_000
ELEMENTS_MAX: Final = 20_000_000
_MODEL: Final = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 14})
_GRAPH: Final = frozenset({1, 2, 5, 10, 11, 12, 13, 16})
_NODE: Final = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 9})
_ATTRIBUTE: Final = frozenset({1, 2, 3, 4, 5, 7, 8, 9, 10, 13, 20, 21})
_TENSOR: Final = frozenset({1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16})
_GRAPH_FIELD, _OPSET_FIELD = 7, 8
_NODE_FIELD, _INITIALIZER = 1, 5
_ATTRIBUTE_FIELD, _DOMAIN_FIELD = 5, 7
_TENSOR_ATTRIBUTES: Final = frozenset({5, 10})
_DIMS, _LOCATION = 1, 14
_LISTS: Final = frozenset({7, 8, 9})


def check_onnx(content: bytes) -> None:
    """Raise `ValueError` with what is wrong with the model in *content*."""
    graphs = 0
    for number, value in fields(memoryview(content)):
        _require(number, _MODEL, "model")
        if number == _OPSET_FIELD:
            _require_domain(value)
        if number == _GRAPH_FIELD:
            graphs += 1
            _check_graph(bytes_of(value))
    if graphs != 1:
        raise ValueError(f"{graphs} graphs in a model")


def _check_graph(graph: memoryview) -> None:
    nodes = 0
    for number, value in fields(graph):
        _require(number, _GRAPH, "graph")
        if number == _NODE_FIELD:
            nodes += 1
            _check_node(bytes_of(value))
        elif number == _INITIALIZER:
            _check_tensor(bytes_of(value))
    if not 0 < nodes <= NODES_MAX:
        raise ValueError(f"{nodes} nodes in the graph, not 1 to {NODES_MAX}")


def _check_node(node: memoryview) -> None:
    for number, value in fields(node):
        _require(number, _NODE, "node")
        if number == _DOMAIN_FIELD and text_of(value) not in DOMAINS:
            raise ValueError(f"an operator of the foreign domain {text_of(value)[:60]!r}")
        if number == _ATTRIBUTE_FIELD:
            _check_attribute(bytes_of(value))


def _check_attribute(attribute: memoryview) -> None:
    for number, value in fields(attribute):
        _require(number, _ATTRIBUTE, "attribute")
        if number in _TENSOR_ATTRIBUTES:
            _check_tensor(bytes_of(value))
        if number in _LISTS and not isinstance(value, int) and len(value) > ELEMENTS_MAX:
            raise ValueError("an attribute that is too long")


def _check_tensor(tensor: memoryview) -> None:
    dims: list[int] = []
    for number, value in fields(tensor):
        if number == _LOCATION and value:
            raise ValueError("a tensor whose data lie in another file")
        _require(number, _TENSOR, "tensor")
        if number == _DIMS:
            dims += integers(value)
    # A negative dimension is a very large one here. No tensor holds more elements than bits.
    if prod(dims) > min(ELEMENTS_MAX, max(1, 8 * len(tensor))):
        raise ValueError(f"a tensor of {' x '.join(map(str, dims))[:60]} in {len(tensor)} bytes")


def _require_domain(opset: int | memoryview) -> None:
    for number, value in fields(bytes_of(opset)):
        if number == 1 and text_of(value) not in DOMAINS:
            raise ValueError(f"operators of the foreign domain {text_of(value)[:60]!r}")


def _require(number: int, known: frozenset[int], what: str) -> None:
    if number not in known:
        raise ValueError(f"field {number} has no place in a {what}")
