"""Give an exported classifier a second output: its features, the vector before its softmax layer.

The vector exists inside the file already. Declaring it an output appends some hundred bytes; no weight and no score
changes. The file is a FlatBuffer, whose offsets point forward only, so what is new stands at its end. Schema:
https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs
"""

from __future__ import annotations

import struct
from typing import Any

from ai_edge_litert import schema_py_generated as schema

SIGNATURE_NAME = "output_1"
"""What Keras calls the second output of a model."""

_GRAPH_OUTPUTS, _SIGNATURE_OUTPUTS = 8, 6
"""Places in the tables of offsets of a subgraph and of a signature: 4 + 2 times the number of the field."""


def add_features_output(content: bytes) -> bytes:
    """Return a classifier's file with its features as a second output, after the scores.

    Args:
        content: of a LiteRT file with one output, a softmax behind a dense layer, with or without a face output.

    Raises:
        ValueError: it has several outputs, or no such layer, or features that are no float32.
    """
    model = schema.Model.GetRootAs(content, 0)
    graph, signature = model.Subgraphs(0), model.SignatureDefs(0)
    if model.SubgraphsLength() != 1 or graph.OutputsLength() != 1 or model.SignatureDefsLength() != 1:
        raise ValueError("The file has more than one output, graph or signature.")
    features = _features(model, graph)
    scores_name = signature.Outputs(0).Name()
    changed = bytearray(content) + bytes(-len(content) % 4)
    _point(changed, graph, _GRAPH_OUTPUTS, len(changed))
    changed += struct.pack("<Iii", 2, graph.Outputs(0), features)
    _point(changed, signature, _SIGNATURE_OUTPUTS, len(changed))
    changed += _tensor_maps([(scores_name, graph.Outputs(0)), (SIGNATURE_NAME.encode(), features)])
    return bytes(changed)


def _features(model: Any, graph: Any) -> int:
    """Return the number of the tensor that the dense layer of the label scores takes."""
    made_by = {}
    for i in range(graph.OperatorsLength()):
        operator = graph.Operators(i)
        code = model.OperatorCodes(operator.OpcodeIndex())
        made_by[operator.Outputs(0)] = (max(code.BuiltinCode(), code.DeprecatedBuiltinCode()), operator.Inputs(0))
    softmax, dense = schema.BuiltinOperator.SOFTMAX, schema.BuiltinOperator.FULLY_CONNECTED
    logits = [source for kind, source in made_by.values() if kind == softmax]
    if len(logits) != 1 or made_by.get(logits[0], (None, 0))[0] != dense:
        raise ValueError("The file has no single softmax behind a dense layer.")
    features: int = made_by[logits[0]][1]
    if graph.Tensors(features).Type() != schema.TensorType.FLOAT32:
        raise ValueError("The file's features are no float32: export the run anew.")
    return features


def _point(content: bytearray, table: Any, field: int, target: int) -> None:
    """Let a table's field point to a place further on."""
    place = table._tab.Pos + table._tab.Offset(field)
    struct.pack_into("<I", content, place, target - place)


def _tensor_maps(outputs: list[tuple[bytes, int]]) -> bytes:
    """Return a vector of tables, each with the name and the number of a tensor; all of it aligned to 4 bytes."""
    count = len(outputs)
    tables_at = 4 + 4 * count + 8
    packed = struct.pack("<I", count)
    for i in range(count):
        packed += struct.pack("<I", tables_at + 12 * i - (4 + 4 * i))
    packed += struct.pack("<4H", 8, 12, 4, 8)  # what both tables have: their size and the places of their two fields
    strings, strings_at = b"", tables_at + 12 * count
    for i, (name, tensor) in enumerate(outputs):
        table = tables_at + 12 * i
        packed += struct.pack("<iII", table - (tables_at - 8), strings_at + len(strings) - (table + 4), tensor)
        strings += struct.pack("<I", len(name)) + name + bytes(4 - len(name) % 4)
    return packed + strings
