// How names are written for people.

const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/gu;

/** A name with what can't be seen made visible, as the server writes it: an `exe` can't pass for a `png`. */
export function shownName(name) {
  return name.replace(UNSEEN, "\ufffd");
}
