// What every page needs. Pages load their own modules beside this one.

import { installCopying } from "./copy.js";
import { installCsrf } from "./csrf.js";
import { installDialogs } from "./dialog.js";
import { installForms } from "./forms.js";
import { installMenus } from "./menu.js";
import { installOverlays } from "./overlays.js";
import { installThemeChoice } from "./theme-choice.js";
import { installSearchBox } from "./search_box.js";
import { installTimes } from "./times.js";
import { installToasts, toast } from "./toast.js";

installCsrf();
installOverlays();
installToasts();
installDialogs();
installMenus();
installCopying();
installForms();
installThemeChoice();
installTimes();
installSearchBox();

if (document.querySelector('meta[name="page-of"]')?.content) addEventListener("load", () => import("./session.js"));

document.addEventListener("htmx:sendError", () => {
  toast("MediaBridge cannot be reached. Check your connection and try again.", { kind: "error" });
});
// What we answer says itself what is wrong. What a proxy answers for us, while we restart, says nothing to a person.
document.addEventListener("htmx:responseError", ({ detail }) => {
  const { status } = detail.xhr;
  if (status < 502 || detail.xhr.getResponseHeader("HX-Reswap") !== null) return;
  toast("MediaBridge does not answer at the moment. Try again in a few seconds.", { kind: "error" });
});
document.addEventListener("htmx:timeout", () => {
  toast("That took too long. Try again.", { kind: "error" });
});
