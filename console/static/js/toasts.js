// Short messages that go by themselves; some can be taken back.
const COOKIE = "wanglou-toast";
const SHOWN_MS = 8000;

const words = () => document.getElementById("words")?.dataset ?? {};

export function showToast(text, undo) {
  const box = document.getElementById("toasts");
  if (!box) return;
  const toast = document.createElement("div");
  toast.className = "toast";
  const told = document.createElement("span");
  told.textContent = text;
  toast.append(told);
  if (undo) toast.append(makeButton(words().undo, () => undo(toast)));
  toast.append(makeButton("✕", () => toast.remove(), words().dismiss));
  box.append(toast);
  let timer = setTimeout(() => toast.remove(), SHOWN_MS);
  toast.addEventListener("pointerenter", () => clearTimeout(timer));
  toast.addEventListener("pointerleave", () => (timer = setTimeout(() => toast.remove(), SHOWN_MS)));
}

// Alerts that were just made: one toast that counts on, with the way to them.
let news = null;

export function showNews({ alerts, severity, capture }) {
  const box = document.getElementById("toasts");
  const told = words().alerts && JSON.parse(words().alerts);
  if (!box || !told) return;
  const before = news?.isConnected ? news : null;
  const count = alerts + Number(before?.dataset.count ?? 0);
  const worst = Math.max(severity, Number(before?.dataset.worst ?? 0));
  before?.remove();
  const level = told.levels.find((one) => worst >= one.least) ?? told.levels.at(-1);
  const text = told.text.replace(/\{count:([^{}|]*)\|([^{}|]*)\}/g, (_, one, several) => (count === 1 ? one : several));
  showToast(text.replace("{count}", count).replace("{level}", level.word));
  news = box.lastElementChild;
  Object.assign(news.dataset, { count, worst, news: "alerts" });
  const link = document.createElement("a");
  link.href = before ? "/alerts?state=all" : `/alerts?state=all&from=2000-01-01&to=now&q=${encodeURIComponent(`wanglou.capture:"${capture}"`)}`;
  link.textContent = told.show;
  news.insertBefore(link, news.lastElementChild);
}

export function showFailure(name) {
  showToast(words()[name] ?? words().failed);
}

function makeButton(text, act, label) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  if (label) button.setAttribute("aria-label", label);
  button.addEventListener("click", act);
  return button;
}

// What a form did is told by a cookie of the answer that led here.
export function takeToast() {
  const found = document.cookie.split("; ").find((one) => one.startsWith(`${COOKIE}=`));
  if (!found) return;
  document.cookie = `${COOKIE}=; path=/; max-age=0; samesite=strict`;
  let told;
  try {
    told = JSON.parse(decodeURIComponent(found.slice(COOKIE.length + 1).replace(/^"|"$/g, "")));
  } catch {
    return;
  }
  showToast(told.text, told.undo ? () => takeBack(told) : undefined);
}

// The change is taken back by the same form with what was there before.
function takeBack({ undo, fields }) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = undo;
  const all = [...new URLSearchParams(fields), ["csrf", document.querySelector("meta[name=csrf]").content], ["back", location.pathname + location.search]];
  for (const [name, value] of all) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}
