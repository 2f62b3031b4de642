// Entities: a menu to open, to filter by, to leave out, to copy; alt-click filters at once.
import { copy } from "./copies.js";

let isStarted = false;
let menu = null;

export function startEntities() {
  if (isStarted) return;
  isStarted = true;
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".entity-menu");
    const entity = event.target.closest(".entity");
    if (button) {
      event.preventDefault();
      event.stopPropagation();
      const wasMine = menu?.button === button;
      close();
      if (!wasMine) open(button, entity);
    } else if (entity && event.altKey && entity.dataset.filter) {
      event.preventDefault();
      event.stopPropagation();
      visit(filterBy(entity.dataset.filter));
    } else if (!event.target.closest(".entity-choices")) close();
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu) return;
    const { button } = menu;
    close();
    button.focus();
    event.stopPropagation();
  }, true);
  document.addEventListener("scroll", close, { passive: true, capture: true });
}

function open(button, entity) {
  const template = document.getElementById("entity-menu");
  if (!template) return;
  const box = template.content.firstElementChild.cloneNode(true);
  const { filter, value } = entity.dataset;
  const href = entity.querySelector("a.entity-name")?.getAttribute("href");
  const does = {
    open: href && (() => visit(href)),
    only: filter && (() => visit(filterBy(filter))),
    without: filter && (() => visit(filterBy(`NOT ${filter}`))),
    copy: () => copy(value, document.getElementById("side") ?? document.body),
  };
  for (const item of box.querySelectorAll("[data-does]")) {
    const act = does[item.dataset.does];
    if (!act) item.remove();
    else {
      item.tabIndex = 0;
      const run = (event) => { event.preventDefault(); event.stopPropagation(); close(); act(); };
      item.addEventListener("click", run);
      item.addEventListener("keydown", (event) => { if (event.key === "Enter") run(event); });
    }
  }
  const host = button.closest("dialog, body");
  host.append(box);
  place(box, button.getBoundingClientRect());
  button.setAttribute("aria-expanded", "true");
  menu = { box, button };
  box.querySelector("[data-does]")?.focus({ preventScroll: true });
}

function place(box, at) {
  const left = Math.min(at.left, innerWidth - box.offsetWidth - 8);
  const below = at.bottom + 4;
  box.style.left = `${Math.max(8, left)}px`;
  box.style.top = `${below + box.offsetHeight > innerHeight ? Math.max(8, at.top - box.offsetHeight - 4) : below}px`;
}

function close() {
  menu?.button.removeAttribute("aria-expanded");
  menu?.box.remove();
  menu = null;
}

// A page without a query box, such as that of one alert, leads to the list that can be asked.
export function filterBy(term) {
  const here = new URL(location.href);
  const address = document.getElementById("query") ? here : listOf(here);
  const query = address.searchParams.get("q")?.trim();
  const needsBrackets = query && / OR /.test(query);
  address.searchParams.set("q", query ? `${needsBrackets ? `(${query})` : query} AND ${term}` : term);
  address.searchParams.delete("cursor");
  return address.pathname + address.search;
}

function listOf(here) {
  const name = here.pathname.split("/")[1];
  const list = new URL(["alerts", "hunt"].includes(name) ? `/${name}` : "/alerts", here);
  for (const kept of ["from", "to"]) if (here.searchParams.has(kept)) list.searchParams.set(kept, here.searchParams.get(kept));
  if (list.pathname === "/alerts") list.searchParams.set("state", "all");
  return list;
}

export function visit(address) {
  const link = document.createElement("a");
  link.href = address;
  link.hidden = true;
  document.getElementById("main").append(link);
  window.htmx?.process(link);
  link.click();
}
