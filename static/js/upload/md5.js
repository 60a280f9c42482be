// MD5 of a file, as S3's ETag of a file sent in one PUT. Needed only where a lost answer has to be told from a stranger's file.

const SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
const SINES = Int32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32) | 0);
const SLICE = 4 * 1024 * 1024;

/** 32 hexadecimal characters. Reads the file in slices, giving the page room between them. */
export async function md5(file) {
  const state = Int32Array.of(0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476);
  let start = 0;
  for (; start + SLICE < file.size; start += SLICE) {
    digest(state, await file.slice(start, start + SLICE).arrayBuffer());
  }
  digest(state, padded(await file.slice(start).arrayBuffer(), file.size));
  return [...new Uint8Array(state.buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function padded(tail, size) {
  const length = (Math.floor((tail.byteLength + 8) / 64) + 1) * 64;
  const bytes = new Uint8Array(length);
  bytes.set(new Uint8Array(tail));
  bytes[tail.byteLength] = 0x80;
  new DataView(bytes.buffer).setBigUint64(length - 8, BigInt(size) * 8n, true);
  return bytes.buffer;
}

function digest(state, buffer) {
  const view = new DataView(buffer);
  const words = new Int32Array(16);
  for (let offset = 0; offset < buffer.byteLength; offset += 64) {
    for (let i = 0; i < 16; i += 1) words[i] = view.getInt32(offset + i * 4, true);
    block(state, words);
  }
}

function block(state, words) {
  let [a, b, c, d] = state;
  for (let i = 0; i < 64; i += 1) {
    const round = i >> 4;
    let mixed;
    let index;
    if (round === 0) [mixed, index] = [(b & c) | (~b & d), i];
    else if (round === 1) [mixed, index] = [(d & b) | (~d & c), (5 * i + 1) & 15];
    else if (round === 2) [mixed, index] = [b ^ c ^ d, (3 * i + 5) & 15];
    else [mixed, index] = [c ^ (b | ~d), (7 * i) & 15];
    const sum = (a + mixed + SINES[i] + words[index]) | 0;
    const shift = SHIFTS[round * 4 + (i & 3)];
    [a, d, c, b] = [d, c, b, (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0];
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
}
