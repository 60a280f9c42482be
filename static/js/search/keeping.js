// What was found is kept for this tab, so that Back brings it again, at the same place. It is the person's alone, and goes with
// their session.

const KEY = "mediabridge.search";
const MOST_KEPT = 10_000;
const owner = document.querySelector('meta[name="page-of"]')?.content ?? "";

/** Keeps `entries` for the present address. */
export function keep({ entries, order, phase, failed, scroll, focus }) {
  const told = entries.slice(0, MOST_KEPT).map((entry) => [
    entry.bucket.id, entry.name, entry.folder, entry.kind, entry.size, entry.at, entry.storage, entry.group, entry.unreachable, entry.isStray,
  ]);
  const isCut = entries.length > MOST_KEPT;
  const kept = { owner, address: location.pathname + location.search, at: Date.now(), told, isCut, order, phase, failed, scroll, focus };
  try {
    sessionStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    drop();
  }
}

/** What was kept for this address, as the server told it: {items: [[bucket id, item]…], …}; null when there is nothing. */
export function kept() {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    if (!found || found.owner !== owner || found.address !== location.pathname + location.search) return null;
    const items = found.told.map(([bucket, name, prefix, type, size, at, storage, group, unreachable, isStray]) => [
      bucket,
      { resource_name: name, prefix, type, file_size: size, uploaded_at: at, storage_class: storage, group: type === "folder" ? "" : group, unreachable, is_stray: isStray },
    ]);
    return { ...found, items };
  } catch {
    return null;
  }
}

export function drop() {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Nothing was kept.
  }
}

document.addEventListener("mb:signed-out", drop);
