// SHA-256 (FIPS 180-4). The browser's own is there in secure contexts alone, and a shop in a home network has plain HTTP.

function primes(count) {
  const found = [];
  for (let n = 2; found.length < count; ++n) {
    if (found.every((p) => n % p !== 0)) found.push(n);
  }
  return found;
}

// The first 32 bits behind the point of a root.
const fraction = (root) => Math.floor((root - Math.floor(root)) * 2 ** 32) | 0;
const ROUNDS = Int32Array.from(primes(64), (p) => fraction(Math.cbrt(p)));
const START = Int32Array.from(primes(8), (p) => fraction(Math.sqrt(p)));

const rotated = (word, by) => (word >>> by) | (word << (32 - by));

// The message, a bit 1, zeros, and its length in bits in the last eight bytes.
function padded(bytes) {
  const out = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
  out.set(bytes);
  out[bytes.length] = 0x80;
  const view = new DataView(out.buffer);
  view.setUint32(out.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(out.length - 4, bytes.length << 3);
  return view;
}

function mix(hash, view, offset) {
  const words = new Int32Array(64);
  for (let i = 0; i < 16; ++i) words[i] = view.getInt32(offset + i * 4);
  for (let i = 16; i < 64; ++i) {
    const a = words[i - 15];
    const b = words[i - 2];
    const s0 = rotated(a, 7) ^ rotated(a, 18) ^ (a >>> 3);
    const s1 = rotated(b, 17) ^ rotated(b, 19) ^ (b >>> 10);
    words[i] = (words[i - 16] + s0 + words[i - 7] + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = hash;
  for (let i = 0; i < 64; ++i) {
    const s1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUNDS[i] + words[i]) | 0;
    const s0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => {
    hash[i] += word;
  });
}

// 32 bytes of the digest of bytes, or of a text's UTF-8.
export function sha256(message) {
  const bytes = typeof message === 'string' ? new TextEncoder().encode(message) : message;
  const view = padded(bytes);
  const hash = Int32Array.from(START);
  for (let offset = 0; offset < view.byteLength; offset += 64) mix(hash, view, offset);
  const out = new DataView(new ArrayBuffer(32));
  hash.forEach((word, i) => out.setInt32(i * 4, word));
  return new Uint8Array(out.buffer);
}
