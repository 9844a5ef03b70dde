/**
 * Animated GIFs (GIF89a, W3C 1990): a palette of at most 255 colours and a sign for "as in the frame before", which
 * leaves of every frame only what has changed.
 */

const UNCHANGED = 255;
const [FIRST_BITS, CLEAR, END, MOST_CODES] = [9, 256, 257, 4096];

/**
 * Colours that stand for those of some pictures: every colour of a bin of 8 x 8 x 8 is shown as the mean of the nearest
 * bin that many pixels need.
 * @param {Uint8ClampedArray[]} pictures RGBA @param {number[][]} needed colours that must be there exactly
 * @returns {{colours: number[][], index: (rgba: Uint8ClampedArray) => Uint8Array}}
 */
export function quantizer(pictures, needed = []) {
  const bins = new Map();
  for (const rgba of pictures) {
    for (let at = 0; at < rgba.length; at += 4) {
      const key = binOf(rgba, at);
      const bin = bins.get(key) ?? bins.set(key, [0, 0, 0, 0]).get(key);
      for (let k = 0; k < 3; k += 1) bin[k] += rgba[at + k];
      bin[3] += 1;
    }
  }
  const popular = [...bins.values()].sort((a, b) => b[3] - a[3]).map(([r, g, b, count]) => [r, g, b].map((sum) => Math.round(sum / count)));
  const colours = [...needed, ...popular].slice(0, UNCHANGED);
  const known = new Int16Array(1 << 15).fill(-1);

  function index(rgba) {
    const indices = new Uint8Array(rgba.length / 4);
    for (let at = 0; at < rgba.length; at += 4) {
      const key = binOf(rgba, at);
      if (known[key] < 0) known[key] = nearest(colours, rgba[at], rgba[at + 1], rgba[at + 2]);
      indices[at / 4] = known[key];
    }
    return indices;
  }

  return { colours, index };
}

const binOf = (rgba, at) => ((rgba[at] >> 3) << 10) | ((rgba[at + 1] >> 3) << 5) | (rgba[at + 2] >> 3);

function nearest(colours, r, g, b) {
  let [best, least] = [0, Infinity];
  colours.forEach((colour, i) => {
    const distance = (colour[0] - r) ** 2 + (colour[1] - g) ** 2 + (colour[2] - b) ** 2;
    if (distance < least) [best, least] = [i, distance];
  });
  return best;
}

/** @param {number} width @param {number} height @param {number[][]} colours at most 255 */
export function createGif(width, height, colours) {
  const parts = [];
  const put = (...bytes) => parts.push(Uint8Array.from(bytes));
  const word = (value) => [value & 255, value >> 8];
  let before = null;
  const palette = new Uint8Array(3 * 256);
  colours.forEach((colour, i) => palette.set(colour, 3 * i));
  put(...letters("GIF89a"), ...word(width), ...word(height), 0xf7, 0, 0);
  parts.push(palette);
  put(0x21, 0xff, 11, ...letters("NETSCAPE2.0"), 3, 1, 0, 0, 0); // for ever

  /** @param {Uint8Array} indices of the whole frame @param {number} delay hundredths of a second */
  function add(indices, delay) {
    const { left, top, right, bottom } = changed(before, indices, width);
    const [wide, tall] = [right - left + 1, bottom - top + 1];
    const frame = new Uint8Array(wide * tall);
    for (let y = 0; y < tall; y += 1) {
      for (let x = 0; x < wide; x += 1) {
        const at = (top + y) * width + left + x;
        frame[y * wide + x] = before && before[at] === indices[at] ? UNCHANGED : indices[at];
      }
    }
    put(0x21, 0xf9, 4, 0b101, ...word(delay), UNCHANGED, 0, 0x2c, ...word(left), ...word(top), ...word(wide), ...word(tall), 0, 8);
    const packed = compress(frame);
    for (let at = 0; at < packed.length; at += 255) {
      const block = packed.subarray(at, at + 255);
      put(block.length);
      parts.push(block);
    }
    put(0);
    before = indices;
  }

  return { add, finish: () => { put(0x3b); return new Blob(parts, { type: "image/gif" }); } };
}

/** The rectangle of what differs; one pixel where nothing does. */
function changed(before, indices, width) {
  if (!before) return { left: 0, top: 0, right: width - 1, bottom: indices.length / width - 1 };
  const box = { left: Infinity, top: Infinity, right: 0, bottom: 0 };
  for (let at = 0; at < indices.length; at += 1) {
    if (before[at] === indices[at]) continue;
    const [x, y] = [at % width, Math.floor(at / width)];
    box.left = Math.min(box.left, x);
    box.top = Math.min(box.top, y);
    box.right = Math.max(box.right, x);
    box.bottom = y;
  }
  return box.left === Infinity ? { left: 0, top: 0, right: 0, bottom: 0 } : box;
}

/** LZW with codes of growing length (T. A. Welch 1984, as GIF89a's appendix F has it). */
function compress(indices) {
  const out = new Uint8Array(indices.length * 2 + 16); // no code is longer than 12 bits
  const codes = new Uint16Array(MOST_CODES * 256);
  let [length, bits, filled, at] = [FIRST_BITS, 0, 0, 0];
  let next = END + 1;
  const write = (code) => {
    bits |= code << filled;
    for (filled += length; filled >= 8; filled -= 8) {
      out[at] = bits & 255;
      at += 1;
      bits >>>= 8;
    }
  };
  write(CLEAR);
  let prefix = indices[0];
  for (let k = 1; k < indices.length; k += 1) {
    const place = prefix * 256 + indices[k];
    if (codes[place]) {
      prefix = codes[place];
      continue;
    }
    write(prefix);
    if (next === MOST_CODES) {
      write(CLEAR);
      codes.fill(0);
      [next, length] = [END + 1, FIRST_BITS];
    } else {
      if (next === 1 << length) length += 1;
      codes[place] = next;
      next += 1;
    }
    prefix = indices[k];
  }
  write(prefix);
  write(END);
  if (filled) {
    out[at] = bits & 255;
    at += 1;
  }
  return out.subarray(0, at);
}

const letters = (text) => [...text].map((letter) => letter.charCodeAt(0));
