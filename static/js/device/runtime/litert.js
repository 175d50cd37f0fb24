// The LiteRT runtime of the browser: WebAssembly, in a worker.
import { DeviceError, failureCode } from "../failures.js";
import { isKnownAnswer, knownInput } from "./known_answer.js";
import { withInputSize } from "./shape_patch.js";

/** More threads gain little: a detector's layers are small. */
const THREADS_MAX = 2;
/** Sizes of one network that stay compiled: the views of a photo upright and sideways. */
const COMPILED_MAX = 8;

/** The loaded library, on so many threads. */
export class Runtime {
  #library;
  #threads;

  constructor(library, threads) {
    this.#library = library;
    this.#threads = threads;
  }

  /**
   * Load the library; once per worker.
   * @param {string} folder address of static/vendor/litert/
   * @throws {DeviceError}
   */
  static async load(folder) {
    // Threads share memory, which browsers allow on pages that are isolated from other sites.
    const threads = globalThis.crossOriginIsolated ? Math.min(THREADS_MAX, navigator.hardwareConcurrency) : 1;
    // The threaded build starts a worker for every core.
    Object.defineProperty(navigator, "hardwareConcurrency", { value: threads });
    // By default the library finds its files relative to this worker.
    globalThis.Module = { locateFile: (name) => folder + name, mainScriptUrlOrBlob: `${folder}litert_wasm_threaded_internal.js`, print: () => {}, printErr: () => {} };
    try {
      const library = await import(`${folder}core.js`);
      // The default environment would open the GPU, which is not used.
      library.Environment.create = async () => new library.Environment({ webGpuDevice: null });
      const threaded = threads > 1 && (await library.supportsFeature("relaxedSimd"));
      await library.loadLiteRt(folder, { threads: threaded });
      return new Runtime(library, threaded ? threads : 1);
    } catch (error) {
      throw new DeviceError(failureCode(error), error);
    }
  }

  /** Threads of one inference. */
  get threads() {
    return this.#threads;
  }

  /**
   * Compile a model file.
   * @returns {Promise<(input: Float32Array, shape: number[]) => Promise<Float32Array[]>>} and `.delete()`
   */
  async compile(file) {
    const model = await this.#library.loadAndCompile(file, { accelerator: "wasm", cpuOptions: { numThreads: this.#threads } });
    const run = async (input, shape) => {
      const tensor = this.#library.Tensor.fromTypedArray(input, shape);
      try {
        const outputs = await model.run([tensor]);
        const values = outputs.map((output) => output.toTypedArray());
        for (const output of outputs) output.delete();
        return values;
      } finally {
        tensor.delete();
      }
    };
    return Object.assign(run, { delete: () => model.delete() });
  }
}

/** A model on the runtime, compiled for each size that it is given; its self-test has passed. */
export class Network {
  card;
  #runtime;
  #file;
  #compiled = new Map();

  constructor(runtime, file, card) {
    this.#runtime = runtime;
    this.#file = file;
    this.card = card;
  }

  /** @throws {DeviceError} wrong_answer, out_of_memory */
  static async start(runtime, file, card) {
    const network = new Network(runtime, file, card);
    const { input_shape: shape } = card.known_answer;
    const outputs = await network.run(knownInput(shape.reduce((product, side) => product * side)), shape);
    if (!isKnownAnswer(outputs, card.known_answer)) throw new DeviceError("wrong_answer");
    return network;
  }

  /** All outputs for one input of a shape: 1, height, width, 3. @returns {Promise<Float32Array[]>} */
  async run(input, shape) {
    try {
      const run = await this.#compiledFor(shape);
      return await run(input, shape);
    } catch (error) {
      throw new DeviceError(failureCode(error), error);
    }
  }

  async #compiledFor(shape) {
    const key = String(shape);
    const found = this.#compiled.get(key);
    this.#compiled.delete(key);
    const run = found ?? (await this.#runtime.compile(this.#takesAnySize ? withInputSize(this.#file, shape[1], shape[2]) : this.#file));
    // The map keeps its order: the first key was used longest ago.
    this.#compiled.set(key, run);
    if (this.#compiled.size > COMPILED_MAX) {
      const [oldest, unused] = this.#compiled.entries().next().value;
      this.#compiled.delete(oldest);
      unused.delete();
    }
    return run;
  }

  get #takesAnySize() {
    return !(this.card.input.size_px > 0);
  }
}
