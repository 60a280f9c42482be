// The administration has its theme's own scripts; of ours it needs only the one that tells when the session is over.

addEventListener("load", () => import("./session.js"));
