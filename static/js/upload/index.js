// The upload tray comes when first something is dropped or picked.

import { loadOn } from "../lazy.js";

loadOn("mb:upload-files", () => import("./start.js"));
