// Selection in tables: shift takes the range, the bar below counts what is chosen.
let last = null;
let isStarted = false;

export function startTables() {
  if (!isStarted) {
    isStarted = true;
    document.addEventListener("click", onClick);
    document.addEventListener("change", (event) => {
      if (event.target.matches("[data-does=select-all]")) chooseAll(event.target);
    });
    document.addEventListener("reset", (event) => {
      if (event.target.id === "bulk") setTimeout(clear);
    });
  }
  count();
}

const boxes = () => [...document.querySelectorAll("tr.row input[name=id]")];

function onClick(event) {
  const box = event.target.closest("tr.row input[name=id]");
  if (!box) return;
  choose(box, event.shiftKey);
}

export function choose(box, isRange) {
  const all = boxes();
  if (isRange && last && all.includes(last)) {
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    for (const one of all.slice(from, to + 1)) one.checked = box.checked;
  }
  last = box;
  count();
}

function chooseAll(head) {
  for (const one of boxes()) one.checked = head.checked;
  count();
}

function clear() {
  for (const one of document.querySelectorAll(".cell-select input")) one.checked = false;
  count();
}

function count() {
  const bar = document.getElementById("bulk");
  if (!bar) return;
  const chosen = boxes().filter((one) => one.checked).length;
  bar.hidden = chosen === 0;
  bar.querySelector("output").textContent = chosen;
}
