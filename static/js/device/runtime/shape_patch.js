// Writes the size of its input into a LiteRT file. The runtime of the browser refuses files whose sizes are left open. Pure.
//
// The file is a FlatBuffer; the numbers below are fields of the schema of TensorFlow Lite:
// https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs
import { MULTIPLE_PX } from "../vision/letterbox.js";
import { locations } from "../detectors/anchor_free.js";

const [MODEL_SUBGRAPHS, GRAPH_TENSORS, GRAPH_INPUTS, GRAPH_OUTPUTS, TENSOR_SHAPE, TENSOR_SIGNATURE] = [2, 0, 1, 2, 0, 7];

/**
 * A copy of a detector's file that takes pictures of one size: shape and shape signature of its input and its output are set.
 * @param {Uint8Array} file
 * @param {number} height a multiple of 32: for any other the network would return uninitialised memory, without an error
 * @param {number} width likewise
 * @returns {Uint8Array}
 */
export function withInputSize(file, height, width) {
  if (height % MULTIPLE_PX || width % MULTIPLE_PX || height < MULTIPLE_PX || width < MULTIPLE_PX) {
    throw new RangeError(`The sides of a picture must be multiples of ${MULTIPLE_PX}, not ${width} x ${height}.`);
  }
  const copy = file.slice();
  const view = new DataView(copy.buffer);
  const graph = tableAt(view, element(view, field(view, root(view), MODEL_SUBGRAPHS), 0));
  const tensors = field(view, graph, GRAPH_TENSORS);
  const only = (place) => {
    const indices = field(view, graph, place);
    if (view.getUint32(indices, true) !== 1) throw new TypeError("The model has not one input and one output.");
    return tableAt(view, element(view, tensors, view.getInt32(indices + 4, true)));
  };
  writeShape(view, only(GRAPH_INPUTS), [1, height, width, 3]);
  writeShape(view, only(GRAPH_OUTPUTS), [1, locations(height, width).length / 3, 8]);
  return copy;
}

const root = (view) => tableAt(view, 0);
const tableAt = (view, at) => at + view.getUint32(at, true);
const element = (view, vector, index) => vector + 4 + 4 * index;

/** The place of a table's field, which is a vector. */
function field(view, table, number) {
  const entries = table - view.getInt32(table, true);
  const entry = 4 + 2 * number;
  const offset = entry < view.getUint16(entries, true) ? view.getUint16(entries + entry, true) : 0;
  if (offset === 0) throw new TypeError(`The model file has no field ${number}.`);
  return tableAt(view, table + offset);
}

function writeShape(view, tensor, shape) {
  for (const number of [TENSOR_SHAPE, TENSOR_SIGNATURE]) {
    const vector = field(view, tensor, number);
    if (view.getUint32(vector, true) !== shape.length) throw new TypeError("The model's input or output has another number of dimensions.");
    shape.forEach((side, i) => view.setInt32(element(view, vector, i), side, true));
  }
}
