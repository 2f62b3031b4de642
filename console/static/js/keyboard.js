// Keys: / search, g and a letter to go, j k rows, Enter opens, x selects, e acknowledges, Escape closes, ? shows all.
import { closeSide, openRow } from "./panel.js";
import { choose } from "./tables.js";

const GO_MS = 1200;
let goes = 0;

export function startKeyboard() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && !document.querySelector("dialog[open]") && closeSide()) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable], dialog[open]")) return;
    if (Date.now() - goes < GO_MS && go(event.key)) event.preventDefault();
    else if (act(event)) event.preventDefault();
    goes = event.key === "g" ? Date.now() : 0;
  });
}

function go(key) {
  const entry = document.querySelector(`#nav [data-key="${CSS.escape(key)}"]`);
  entry?.click();
  return Boolean(entry);
}

function act(event) {
  const does = {
    "/": () => focusQuery(),
    "?": () => document.getElementById("keys")?.showModal(),
    j: () => move(1),
    k: () => move(-1),
    x: () => toggle(event.shiftKey),
    X: () => toggle(true),
    e: () => press("e"),
    Enter: () => event.target.closest("a, button, summary, input") ? false : open(),
  }[event.key];
  return does ? does() !== false : false;
}

function focusQuery() {
  const field = document.getElementById("query") ?? document.querySelector(".top-search input");
  if (!field) return false;
  field.focus();
  field.select();
}

const here = () => document.querySelector("tr.row.is-here");

function move(step) {
  const rows = [...document.querySelectorAll("tr.row")];
  if (!rows.length) return false;
  const now = rows.indexOf(here());
  const next = rows[now < 0 ? 0 : Math.min(Math.max(now + step, 0), rows.length - 1)];
  here()?.classList.remove("is-here");
  next.classList.add("is-here");
  next.scrollIntoView({ block: "nearest" });
  const side = document.getElementById("side");
  if (side && !side.hidden) openRow(next);
}

function open() {
  if (!here()?.dataset.open) return false;
  openRow(here());
}

function toggle(isRange) {
  const box = here()?.querySelector("input[name=id]");
  if (!box) return false;
  box.checked = !box.checked;
  choose(box, isRange);
}

// A button with data-key acts on what is chosen, else on the row where one is.
function press(key) {
  const button = document.querySelector(`#bulk [data-key="${key}"]`);
  if (!button) return false;
  if (!document.querySelector("tr.row input[name=id]:checked")) {
    const box = (here() ?? document.querySelector("tr.row[aria-selected=true]"))?.querySelector("input[name=id]");
    if (!box) return false;
    box.checked = true;
  }
  button.form.hidden = false;
  button.click();
}
