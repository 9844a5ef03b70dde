/**
 * The safetensors layout: eight bytes of header length, a JSON header, then the buffers.
 * @typedef {{data: Float32Array | Int32Array | Uint8Array | Int8Array, shape: number[]}} Tensor
 * @typedef {{tensors: Object<string, Tensor>, metadata: Object<string, any>}} Message
 */

const ARRAYS = { F32: Float32Array, I32: Int32Array, U8: Uint8Array, I8: Int8Array };

/** @param {ArrayBuffer | Uint8Array} source @returns {Message} metadata values are JSON and come parsed */
export function unpack(source) {
  // Streamlit hands over an unaligned view; a copy starts at offset 0 of its own buffer.
  const bytes = source instanceof Uint8Array ? source.slice() : new Uint8Array(source);
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const { __metadata__: texts = {}, ...entries } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const body = bytes.slice(8 + length).buffer;
  const tensors = {};
  for (const [name, { dtype, shape, data_offsets: [from, to] }] of Object.entries(entries)) {
    const ArrayType = ARRAYS[dtype];
    if (!ArrayType) throw new Error(`Tensor ${name} has dtype ${dtype}; the stage reads ${Object.keys(ARRAYS).join(", ")}.`);
    tensors[name] = { data: new ArrayType(body, from, (to - from) / ArrayType.BYTES_PER_ELEMENT), shape };
  }
  const metadata = Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, JSON.parse(text)]));
  return { tensors, metadata };
}
