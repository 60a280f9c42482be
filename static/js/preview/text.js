// The beginning of a text file, read straight from the storage and decoded.

const BOMS = [
  { bytes: [0xef, 0xbb, 0xbf], encoding: "utf-8" },
  { bytes: [0xff, 0xfe], encoding: "utf-16le" },
  { bytes: [0xfe, 0xff], encoding: "utf-16be" },
];

export class Unreadable extends Error {}

/** Up to `limit` bytes of `url` as text: {text, isWhole, encoding}. Throws Unreadable with a sentence for the person. */
export async function readText(url, { size, limit, signal }) {
  const isWhole = size <= limit;
  // A Range is asked even for small files: the file may have grown since it was listed.
  const response = await answer(url, { headers: { Range: `bytes=0-${limit - 1}` }, signal });
  if (response.status === 404) throw new Unreadable("It is not there any more.");
  if (!response.ok) throw new Unreadable(`The storage refused to hand it out (${response.status}).`);
  const bytes = await upTo(response, limit);
  return { isWhole: isWhole && bytes.length < limit + 1, ...decode(bytes, isWhole) };
}

async function answer(url, options) {
  try {
    return await fetch(url, { ...options, credentials: "omit", referrerPolicy: "no-referrer" });
  } catch (problem) {
    if (problem.name === "AbortError") throw problem;
    throw new Unreadable("The storage doesn’t answer, or doesn’t let this page read from it (CORS).");
  }
}

/** A store that ignores Range sends everything: we stop reading where we have enough. */
async function upTo(response, limit) {
  const bytes = new Uint8Array(limit);
  let length = 0;
  const reader = response.body.getReader();
  while (length < limit) {
    const { done, value } = await reader.read();
    if (done) break;
    const part = value.subarray(0, limit - length);
    bytes.set(part, length);
    length += part.length;
  }
  reader.cancel().catch(() => {});
  return bytes.subarray(0, length);
}

/** By its byte order mark, else as UTF-8, else as Windows-1252 (which reads Latin-1). Bytes that are no text throw. */
export function decode(bytes, isWhole = true) {
  const mark = BOMS.find((bom) => bom.bytes.every((byte, index) => bytes[index] === byte));
  if (mark) return { encoding: mark.encoding, text: new TextDecoder(mark.encoding).decode(bytes) };
  if (bytes.includes(0)) throw new Unreadable("This isn’t text: it holds binary data.");
  try {
    // `stream` forgives a character that is cut in two at the end.
    return { encoding: "utf-8", text: new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: !isWhole }) };
  } catch {
    return { encoding: "windows-1252", text: new TextDecoder("windows-1252").decode(bytes) };
  }
}
