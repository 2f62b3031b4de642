// The viewer of packets: a field shows its bytes, a byte shows its field; arrows move in both.
let at = -1;

const box = () => document.querySelector("[data-part=dissection]");
const fields = () => [...(box()?.querySelectorAll(".tree-field[data-pos]") ?? [])];

function light(from, to, isFollowed) {
  let first = null;
  for (const byte of box().querySelectorAll(".byte")) {
    const place = Number(byte.dataset.at);
    const is = place >= from && place < to;
    byte.classList.toggle("is-lit", is);
    if (is && !first) first = byte;
  }
  if (isFollowed) first?.scrollIntoView({ block: "nearest" });
}

function choose(field, isFollowed = true) {
  for (const other of box().querySelectorAll(".tree-field[aria-selected=true]")) other.setAttribute("aria-selected", "false");
  field.setAttribute("aria-selected", "true");
  field.parentElement.setAttribute("aria-activedescendant", field.id);
  if (!field.dataset.pos) return;
  const from = Number(field.dataset.pos);
  at = from;
  light(from, from + Number(field.dataset.size), isFollowed);
}

function find(place) {
  const around = fields().filter((one) => Number(one.dataset.pos) <= place && place < Number(one.dataset.pos) + Number(one.dataset.size));
  return around.sort((a, b) => Number(a.dataset.size) - Number(b.dataset.size))[0];
}

function chooseByte(place) {
  at = place;
  const field = find(place);
  if (!field) return light(place, place + 1, true);
  field.closest("details").open = true;
  choose(field, false);
  field.scrollIntoView({ block: "nearest" });
}

function move(list, step) {
  const all = [...list.querySelectorAll(".tree-field")];
  const now = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
  const next = all[Math.min(Math.max(now + step, 0), all.length - 1)];
  choose(next);
  next.scrollIntoView({ block: "nearest" });
}

document.addEventListener("click", (event) => {
  const field = event.target.closest?.(".tree-field");
  const byte = event.target.closest?.(".byte");
  const layer = event.target.closest?.(".layer summary");
  if (field) choose(field);
  else if (byte) chooseByte(Number(byte.dataset.at));
  else if (layer && Number(layer.dataset.size)) light(Number(layer.dataset.pos), Number(layer.dataset.pos) + Number(layer.dataset.size), true);
});
document.addEventListener("keydown", (event) => {
  const list = event.target.closest?.(".layer [role=listbox]");
  if (list && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    move(list, event.key === "ArrowDown" ? 1 : -1);
    return;
  }
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 16, ArrowUp: -16 }[event.key];
  if (!step || !event.target.closest?.(".hex")) return;
  event.preventDefault();
  const last = box().querySelectorAll(".hex-bytes .byte").length - 1;
  chooseByte(Math.min(Math.max(at + step, 0), last));
});
