// The media type of a file where the browser knows none: operating systems often don't say.

const BY_EXTENSION = {
  avif: "image/avif", heic: "image/heic", webp: "image/webp", svg: "image/svg+xml",
  mkv: "video/x-matroska", mov: "video/quicktime", mp4: "video/mp4", webm: "video/webm",
  flac: "audio/flac", m4a: "audio/mp4", mp3: "audio/mpeg", ogg: "audio/ogg", opus: "audio/ogg", wav: "audio/wav",
  csv: "text/csv", log: "text/plain", md: "text/markdown", txt: "text/plain", yaml: "text/yaml", yml: "text/yaml",
  css: "text/css", js: "text/javascript", json: "application/json", mjs: "text/javascript", xml: "application/xml",
  pdf: "application/pdf", zip: "application/zip", gz: "application/gzip", "7z": "application/x-7z-compressed",
};
const PLAIN = /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/;

export function typeOf(file) {
  const said = file.type.toLowerCase().split(";")[0].trim();
  if (PLAIN.test(said)) return said;
  const extension = file.name.slice(file.name.lastIndexOf(".") + 1).toLowerCase();
  return Object.hasOwn(BY_EXTENSION, extension) ? BY_EXTENSION[extension] : "application/octet-stream";
}

/** The tinted tile a row shows: one of the groups that listings use. */
export function groupOf(type) {
  const [family] = type.split("/");
  if (["image", "video", "audio"].includes(family)) return family;
  if (type === "application/pdf" || type.includes("officedocument") || type.includes("msword")) return "document";
  if (type === "text/csv" || type.includes("json") || type.includes("spreadsheet")) return "data";
  if (family === "text" || type.includes("xml")) return "text";
  return /zip|gzip|compressed|tar$/.test(type) ? "archive" : "other";
}
