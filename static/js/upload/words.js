// How sizes, speeds and times are said. Sizes read as the server writes them (1 KB = 1,024 bytes).

const UNITS = ["bytes", "KB", "MB", "GB", "TB"];
const NUMBER = new Intl.NumberFormat("en-GB");

export function count(number) {
  return NUMBER.format(number);
}

export function files(number) {
  return number === 1 ? "1 file" : `${count(number)} files`;
}

export function size(bytes) {
  if (bytes < 1024) return bytes === 1 ? "1\u00a0byte" : `${bytes}\u00a0bytes`;
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(1)}\u00a0${UNITS[unit]}`;
}

export function speed(bytesPerSecond) {
  return `${size(Math.round(bytesPerSecond))}/s`;
}

export function timeLeft(seconds) {
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 1) return "almost done";
  if (seconds < 60) return `${Math.ceil(seconds)}\u00a0s left`;
  if (seconds < 3600) return `${Math.ceil(seconds / 60)}\u00a0min left`;
  const hours = Math.floor(seconds / 3600);
  return `${hours}\u00a0h ${Math.round((seconds % 3600) / 60)}\u00a0min left`;
}
