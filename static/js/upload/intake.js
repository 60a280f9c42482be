// From what a person dropped or picked to a plain list of files with the names they will have.

const BREATH_EVERY = 250;
// What macOS and Windows keep in folders for themselves. Whoever picks such a file by itself means it.
const OF_THE_SYSTEM = /\/(\.DS_Store|\._[^/]*|Thumbs\.db|desktop\.ini)$/i;

/**
 * A list of {file, name}; `name` holds sub-folders ("trip/day 1/a.jpg"). `unreadable` names what could not be read,
 * `leftOut` what the system keeps in folders for itself.
 */
export async function filesOf({ files = [], entries = [] }) {
  const found = { wanted: [], unreadable: [], leftOut: [] };
  if (entries.length) {
    for (const entry of entries) await walk(entry, "", found);
    return found;
  }
  for (const file of files) take(found, file.webkitRelativePath || file.name, file);
  return found;
}

function take(found, name, file) {
  if (OF_THE_SYSTEM.test(name)) found.leftOut.push(name);
  else found.wanted.push({ file, name });
}

async function walk(entry, above, found) {
  const name = above + entry.name;
  try {
    if (entry.isFile) {
      take(found, name, await fileOf(entry));
      if (found.wanted.length % BREATH_EVERY === 0) await breath();
      return;
    }
    for await (const child of childrenOf(entry)) await walk(child, `${name}/`, found);
  } catch {
    // The browser says only that it could not read this one: gone, locked, or not permitted.
    found.unreadable.push(name);
  }
}

function fileOf(entry) {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** A directory reader gives at most 100 entries a call, and an empty list at the end. */
async function* childrenOf(directory) {
  const reader = directory.createReader();
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return;
    yield* some;
  }
}

/** Lets the page draw and answer in the middle of long work. */
export function breath() {
  return new Promise((resolve) => setTimeout(resolve));
}
