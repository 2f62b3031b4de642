// Tabs as WAI-ARIA tells: arrows move, the tab in focus is shown.
export function startTabs(root) {
  for (const box of root.querySelectorAll?.("[data-part=tabs]:not([data-started])") ?? []) {
    box.dataset.started = "";
    const tabs = [...box.querySelectorAll("[role=tab]")];
    tabs.forEach((tab, place) => {
      tab.addEventListener("click", () => show(tabs, tab));
      tab.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        const next = tabs[(place + step + tabs.length) % tabs.length];
        show(tabs, next);
        next.focus();
      });
    });
  }
}

function show(tabs, chosen) {
  for (const tab of tabs) {
    const is = tab === chosen;
    tab.setAttribute("aria-selected", is);
    tab.tabIndex = is ? 0 : -1;
    document.getElementById(tab.getAttribute("aria-controls")).hidden = !is;
  }
}
