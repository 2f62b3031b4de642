// Completion of the query: fields of the dataset, and the commonest values of the field before the caret.

const MOST = 12;
const WAIT_MS = 120;
const FIELD = /(^|[\s(])(-?)([@\w.]+)$/;
const VALUE = /(^|[\s(])-?([@\w.]+):(?:[<>]=?)?("?)([^\s"()]*)$/;
const known = new Map();
let timer = 0;
let turn = 0;

const field = () => (about() ? document.getElementById("query") : null);
const about = () => document.querySelector("[data-hunt]");
const list = () => document.getElementById("suggestions");

async function ask(path, parameters) {
  const here = new URL(location.href).searchParams;
  const query = new URLSearchParams({ dataset: about().dataset.hunt, ...parameters });
  for (const name of ["from", "to"]) if (here.get(name)) query.set(name, here.get(name));
  const key = `${path}?${query}`;
  if (!known.has(key)) {
    const answer = await fetch(`/api/v1/records/${key}`, { headers: { accept: "application/json" } });
    if (!answer.ok) return [];
    known.set(key, (await answer.json()).items);
  }
  return known.get(key);
}

async function suggest(input) {
  const mine = ++turn;
  const before = input.value.slice(0, input.selectionStart);
  const value = VALUE.exec(before);
  const name = FIELD.exec(before);
  let found = [];
  let begin = before.length;
  if (value) {
    begin = before.length - value[4].length - value[3].length;
    const items = await ask("values", { field: value[2], beginning: value[4] });
    found = items.slice(0, MOST).map((one) => ({ insert: `${one.term} `, text: one.value, side: one.count.toLocaleString() }));
  } else if (name) {
    begin = before.length - name[3].length;
    const items = await ask("fields", {});
    const wanted = name[3].toLowerCase();
    const starts = items.filter((one) => one.name.startsWith(wanted));
    const holds = items.filter((one) => !one.name.startsWith(wanted) && one.name.includes(wanted));
    found = [...starts, ...holds].slice(0, MOST).map((one) => ({ insert: `${one.name}:`, text: one.name, side: one.kind }));
  }
  if (mine !== turn || document.activeElement !== input) return;
  show(input, found, begin, value ? "values" : "fields");
}

function show(input, found, begin, kind) {
  close();
  if (!found.length) return;
  const box = document.createElement("ul");
  box.id = "suggestions";
  box.className = "suggestions";
  box.setAttribute("role", "listbox");
  box.setAttribute("aria-label", JSON.parse(about().dataset.words)[kind]);
  found.forEach((one, place) => {
    const item = document.createElement("li");
    item.id = `suggestion-${place}`;
    item.className = "suggestion";
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    const text = document.createElement("span");
    text.textContent = one.text;
    const side = document.createElement("span");
    side.className = "muted";
    side.textContent = one.side;
    item.append(text, side);
    item.addEventListener("mousedown", (event) => { event.preventDefault(); take(input, one.insert, begin); });
    item.take = () => take(input, one.insert, begin);
    box.append(item);
  });
  input.closest("form").append(box);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", "suggestions");
  input.setAttribute("aria-expanded", "true");
}

function close() {
  list()?.remove();
  const input = field();
  input?.removeAttribute("aria-activedescendant");
  input?.removeAttribute("aria-controls");
  if (input?.hasAttribute("aria-expanded")) input.setAttribute("aria-expanded", "false");
}

function take(input, text, begin) {
  const after = input.value.slice(input.selectionStart);
  input.value = input.value.slice(0, begin) + text + after.trimStart();
  const caret = begin + text.length;
  input.setSelectionRange(caret, caret);
  close();
  if (text.endsWith(":")) suggest(input);
}

function move(input, step) {
  const all = [...list().children];
  const now = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
  const next = all[(now + step + all.length + (now < 0 && step < 0 ? 1 : 0)) % all.length];
  for (const one of all) one.setAttribute("aria-selected", one === next);
  input.setAttribute("aria-activedescendant", next.id);
  next.scrollIntoView({ block: "nearest" });
}

document.addEventListener("input", (event) => {
  if (event.target !== field()) return;
  clearTimeout(timer);
  timer = setTimeout(() => suggest(event.target), WAIT_MS);
});
document.addEventListener("focusout", (event) => { if (event.target === field()) close(); });
document.addEventListener("keydown", (event) => {
  if (event.target !== field() || !list()) return;
  const chosen = list().querySelector("[aria-selected=true]");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") move(event.target, event.key === "ArrowDown" ? 1 : -1);
  else if ((event.key === "Enter" || event.key === "Tab") && chosen) chosen.take();
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
  event.stopPropagation();
}, true);
