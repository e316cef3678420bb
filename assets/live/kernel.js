/*
 * The inner loop of a dense layer as WebAssembly SIMD, assembled here at run time (about 600 bytes).
 *
 * Why: a 20-512-512-784 decoder takes 1 ms an image in plain JavaScript and 0.14 ms so, and a grid of 100 images a
 * frame (220 ms against 14 ms) needs it. Why assembled: no build step, and nothing to trust but this page of text.
 *
 * Weights lie in panels of 16 outputs: for each input, the 16 weights that lead from it to the panel's outputs.
 * One call computes one panel for one or two rows of a batch:
 *
 *     y[r, 0..15] = bias[0..15] + sum over i of x[r, i] * w[i, 0..15]
 */

const PANEL = 16; // outputs in a panel: four vectors of four floats

/** Unsigned LEB128, the number format of WebAssembly modules. */
function leb128(value) {
  const bytes = [];
  do {
    bytes.push((value & 127) | (value > 127 ? 128 : 0));
    value >>>= 7;
  } while (value > 0);
  return bytes;
}

/** A section or vector of the binary format: its length, then its content. */
const sized = (bytes) => [...leb128(bytes.length), ...bytes];
const vector = (items) => [...leb128(items.length), ...items.flat()];
const text = (name) => sized([...new TextEncoder().encode(name)]);
const section = (id, items) => [id, ...sized(vector(items))];

const I32 = 0x7f;
const V128 = 0x7b;
const get = (local) => [0x20, ...leb128(local)];
const set = (local) => [0x21, ...leb128(local)];
const constant = (value) => [0x41, (value & 127) | 128, value >> 7]; // i32.const, below 8192
const add = [0x6a]; // i32.add
const less = [0x49]; // i32.lt_u
const simd = (code, ...rest) => [0xfd, ...leb128(code), ...rest];
const load = (offset) => simd(0, 2, ...leb128(offset)); // v128.load
const splat = simd(9, 2, 0); // v128.load32_splat
const store = (offset) => simd(11, 2, ...leb128(offset)); // v128.store
const vectorAdd = simd(228); // f32x4.add
const vectorMultiply = simd(230); // f32x4.mul
const advance = (local, bytes) => [...get(local), ...constant(bytes), ...add, ...set(local)];

// Parameters of a kernel, all byte addresses or byte counts; the second row's address is a local of its own.
const [X, W, W_END, BIAS, Y, X_STRIDE, Y_STRIDE, X_NEXT] = [0, 1, 2, 3, 4, 5, 6, 7];
const PARAMETERS = 7;

/** Code of the kernel for `rows` (1 or 2) rows: 4 accumulators a row, 4 weights, one broadcast input. */
function kernelCode(rows) {
  const sum = (row, k) => X_NEXT + 1 + 4 * row + k;
  const weight = (k) => sum(rows, k);
  const input = sum(rows + 1, 0);
  const lanes = [0, 1, 2, 3];
  const addresses = [X, X_NEXT].slice(0, rows);

  const start = [
    [...get(X), ...get(X_STRIDE), ...add, ...set(X_NEXT)],
    ...addresses.flatMap((_, row) => lanes.map((k) => [...get(BIAS), ...load(16 * k), ...set(sum(row, k))])),
  ];
  const multiplyAdd = (row, k) => [
    ...get(sum(row, k)), ...get(input), ...get(weight(k)), ...vectorMultiply, ...vectorAdd, ...set(sum(row, k)),
  ];
  const step = [
    ...lanes.map((k) => [...get(W), ...load(16 * k), ...set(weight(k))]),
    ...addresses.flatMap((x, row) => [
      [...get(x), ...splat, ...set(input)],
      ...lanes.map((k) => multiplyAdd(row, k)),
      advance(x, 4),
    ]),
    advance(W, 4 * PANEL),
  ];
  const finish = addresses.flatMap((_, row) => [
    ...lanes.map((k) => [...get(Y), ...get(sum(row, k)), ...store(16 * k)]),
    [...get(Y), ...get(Y_STRIDE), ...add, ...set(Y)],
  ]);
  const loop = [0x03, 0x40, ...step.flat(), ...get(W), ...get(W_END), ...less, 0x0d, 0, 0x0b];
  const locals = vector([[1, I32], [...leb128(4 * rows + 5), V128]]);
  return sized([...locals, ...start.flat(), ...loop, ...finish.flat(), 0x0b]);
}

/** The module: imports its memory, exports `one` and `two` (kernels for one and for two rows). */
function kernelModule() {
  return new Uint8Array([
    0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, [[0x60, ...vector(Array(PARAMETERS).fill([I32])), ...vector([])]]),
    ...section(2, [[...text("live"), ...text("memory"), 0x02, 0x00, 0x00]]),
    ...section(3, [[0], [0]]),
    ...section(7, [[...text("one"), 0x00, 0], [...text("two"), 0x00, 1]]),
    ...section(10, [kernelCode(1), kernelCode(2)]),
  ]);
}

/** The same arithmetic in plain JavaScript, for a browser without WebAssembly SIMD. */
function plainKernel(floats) {
  return (x, w, wEnd, bias, y) => {
    for (let k = 0; k < PANEL; k += 4) {
      const out = (y >> 2) + k;
      const start = (bias >> 2) + k;
      let s0 = floats[start], s1 = floats[start + 1], s2 = floats[start + 2], s3 = floats[start + 3];
      for (let i = x >> 2, j = (w >> 2) + k; j < wEnd >> 2; i += 1, j += PANEL) {
        const value = floats[i];
        s0 += value * floats[j];
        s1 += value * floats[j + 1];
        s2 += value * floats[j + 2];
        s3 += value * floats[j + 3];
      }
      floats[out] = s0;
      floats[out + 1] = s1;
      floats[out + 2] = s2;
      floats[out + 3] = s3;
    }
  };
}

let compiledKernels = null;

/** `count` zeros and the kernels {one, two} that compute on them; `two` is null without WebAssembly SIMD. */
function workspace(count) {
  const bytes = kernelModule();
  if (typeof WebAssembly !== "object" || !WebAssembly.validate(bytes)) {
    const floats = new Float32Array(count);
    return { floats, kernels: { one: plainKernel(floats), two: null } };
  }
  const memory = new WebAssembly.Memory({ initial: Math.ceil((4 * count) / 65536) });
  compiledKernels ??= new WebAssembly.Module(bytes);
  const kernels = new WebAssembly.Instance(compiledKernels, { live: { memory } }).exports;
  return { floats: new Float32Array(memory.buffer), kernels };
}
