// The side panel: a click on a row opens its detail there; the address then holds ?selected=.
let isStarted = false;

export function startPanel() {
  if (isStarted) return;
  isStarted = true;
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-does=close-side]")) closeSide();
    const row = event.target.closest("tr[data-open]");
    if (!row || event.defaultPrevented) return;
    const link = event.target.closest("a, button, input, label, details");
    if (link && !link.matches(".row-link")) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || getSelection().toString()) return;
    event.preventDefault();
    event.stopPropagation();
    openRow(row);
  }, true);
}

export async function openRow(row) {
  const side = document.getElementById("side");
  if (!side) {
    location.assign(row.dataset.open);
    return;
  }
  for (const other of document.querySelectorAll("tr[aria-selected]")) other.removeAttribute("aria-selected");
  row.setAttribute("aria-selected", "true");
  side.hidden = false;
  await window.htmx.ajax("GET", row.dataset.open, { target: "#side", swap: "innerHTML", select: "unset", source: side });
  remember(row.dataset.id);
}

export function closeSide() {
  const side = document.getElementById("side");
  if (!side || side.hidden) return false;
  side.hidden = true;
  side.replaceChildren();
  const row = document.querySelector("tr[aria-selected=true]");
  row?.removeAttribute("aria-selected");
  row?.querySelector(".row-link")?.focus();
  remember("");
  return true;
}

function remember(id) {
  const address = new URL(location.href);
  if (id) address.searchParams.set("selected", id);
  else address.searchParams.delete("selected");
  history.replaceState(history.state, "", address);
}
