// One file to S3 in one PUT, with exactly the headers that were signed.

const STALLED_MS = 60_000;
const ANSWER_MS = 180_000;
// The browser sets these itself and refuses to be told.
const BROWSERS_OWN = new Set(["host", "content-length"]);

/**
 * Starts the PUT. `promise` never rejects; it ends in one of
 * {kind: "stored", etag} · {kind: "aborted"} · {kind: "exists"} (412) · {kind: "denied", code} (403: expired or not
 * permitted) · {kind: "busy"} (5xx, 429) · {kind: "lost"} (no answer) · {kind: "refused", status, code}.
 * Each also says `sentWhole`: the last byte had left, so S3 may have the file although the answer is missing; and
 * `sentNothing`: not one byte had left, as when the browser asked the storage by CORS and was refused.
 */
export function put({ url, headers, body, onProgress }) {
  const request = new XMLHttpRequest();
  let sentWhole = false;
  let sentNothing = true;
  let aborted = false;
  const promise = new Promise((resolve) => {
    const end = (outcome) => {
      watch.stop();
      resolve({ ...outcome, sentWhole, sentNothing });
    };
    const watch = stallWatch(() => request.abort());
    request.open("PUT", url);
    for (const [name, value] of Object.entries(headers)) {
      if (!BROWSERS_OWN.has(name.toLowerCase())) request.setRequestHeader(name, value);
    }
    request.upload.onprogress = (event) => {
      watch.restart(STALLED_MS);
      sentNothing &&= event.loaded === 0;
      onProgress(event.loaded);
    };
    request.upload.onload = () => {
      sentWhole = true;
      sentNothing = false;
      watch.restart(ANSWER_MS);
      onProgress(body.size);
    };
    request.onload = () => end(outcomeOf(request));
    request.onerror = () => end({ kind: "lost" });
    request.onabort = () => end({ kind: aborted ? "aborted" : "lost" });
    watch.restart(STALLED_MS);
    request.send(body);
  });
  return {
    promise,
    abort() {
      aborted = true;
      request.abort();
    },
  };
}

function stallWatch(onStall) {
  let timer = 0;
  return {
    restart(milliseconds) {
      clearTimeout(timer);
      timer = setTimeout(onStall, milliseconds);
    },
    stop() {
      clearTimeout(timer);
    },
  };
}

function outcomeOf(request) {
  const { status } = request;
  if (status >= 200 && status < 300) return { kind: "stored", etag: request.getResponseHeader("ETag") ?? "" };
  const code = errorCode(request.responseText);
  if (status === 412 || (status === 409 && code === "ConditionalRequestConflict")) return { kind: "exists" };
  if (status === 403 || code === "AccessDenied" || code === "ExpiredToken") return { kind: "denied", code };
  if (status >= 500 || status === 429 || code === "SlowDown" || code === "RequestTimeout") return { kind: "busy" };
  return { kind: "refused", status, code };
}

function errorCode(xml) {
  return /<Code>([A-Za-z]+)<\/Code>/.exec(xml)?.[1] ?? "";
}

/** Whether the file can still be read: it may have been moved, changed or unplugged since it was chosen. */
export async function isReadable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
