// Menus are <details class="menu">: one is open at a time, Escape and a click elsewhere close it; dialogs open by data-opens.
let isStarted = false;

export function startMenus() {
  if (isStarted) return;
  isStarted = true;
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) document.querySelector(opener.dataset.opens)?.showModal();
    for (const menu of document.querySelectorAll("details.menu[open]")) if (opener || !menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
    event.stopPropagation();
  }, true);
}
