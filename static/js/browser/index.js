// The file browser.

import { installActions } from "./actions.js";
import { installControls } from "./controls.js";
import { installDropping } from "./dropping.js";
import { installKeyboard } from "./keyboard.js";
import { installMenu } from "./menu.js";
import { installNavigation } from "./navigation.js";
import { installPointer } from "./pointer.js";
import { installRows } from "./rows.js";
import { installScrolling } from "./scrolling.js";
import { installSelection } from "./selection.js";

// What htmx would carry over to the new folder are the places of menus, as style attributes, which the page's policy forbids.
window.htmx.config.attributesToSettle = ["class"];

installRows();
installSelection();
installMenu();
installPointer();
installKeyboard();
installActions();
installControls();
installScrolling();
installDropping();
// Last: it announces the first folder, and the others listen.
installNavigation();
