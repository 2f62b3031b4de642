// What every page does: starts the behaviours of the parts that are on it, also of those that htmx brings later.
import { startCharts } from "./charts.js";
import { startCopies } from "./copies.js";
import { startEntities } from "./entities.js";
import { startEvents } from "./events.js";
import { startKeyboard } from "./keyboard.js";
import { startMenus } from "./menus.js";
import { startPanel } from "./panel.js";
import { startTables } from "./tables.js";
import { startTabs } from "./tabs.js";
import { showFailure, takeToast } from "./toasts.js";

const starters = [startCharts, startCopies, startEntities, startMenus, startPanel, startTables, startTabs];

function start(root) {
  for (const one of starters) one(root);
  root.querySelector?.("[data-focus]")?.focus();
}

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRF-Token"] = document.querySelector("meta[name=csrf]").content;
});
document.addEventListener("htmx:sendError", () => showFailure("offline"));
document.addEventListener("htmx:beforeRequest", () => busy(true));
document.addEventListener("htmx:afterRequest", () => busy(false));
document.addEventListener("htmx:afterSwap", (event) => {
  start(event.detail.elt);
  // A part that comes by itself while a form leads away must not take what the next page shall tell.
  if (event.detail.requestConfig?.verb !== "get") takeToast();
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.elt.id === "main") document.querySelectorAll("details.menu[open]").forEach((one) => (one.open = false));
});

let line;
function busy(is) {
  line?.remove();
  if (!is) return;
  line = document.createElement("div");
  line.className = "is-busy";
  document.body.append(line);
}

startKeyboard();
start(document);
takeToast();
startEvents(start);
