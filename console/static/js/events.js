// Events of the worker and of other people. What shows them says so by data-live and an id, and is brought up to date:
//   <section id="jobs" data-live="job.changed capture.changed">
// Scripts of pages listen to document's "wanglou:event", whose detail has kind and what the event says.
import { showNews } from "./toasts.js";

const KINDS = ["alerts.made", "assets.changed", "capture.changed", "incident.changed", "job.changed", "job.progressed", "risk.changed", "feed.reset"];
const RESET = "feed.reset";
const CALM_MS = 200;
const RETRY_MS = 30000;
let source = null;
let last = "";
let timer = 0;
let wanted = new Set();
let revive = () => {};

export function startEvents(start) {
  if (!window.EventSource || !document.querySelector("body[data-events]")) return;
  revive = start;
  // A page that is not seen lets go: browsers open six connections to a host at most.
  document.addEventListener("visibilitychange", () => (document.hidden ? disconnect() : connect()));
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", connect);
  connect();
}

function connect() {
  if (source || document.hidden) return;
  source = new EventSource(`/events${last ? `?after=${last}` : ""}`);
  for (const kind of KINDS) source.addEventListener(kind, hear);
  source.addEventListener("open", () => (document.documentElement.dataset.live = "on"));
  source.addEventListener("error", () => {
    delete document.documentElement.dataset.live;
    if (source?.readyState !== EventSource.CLOSED) return;
    source = null;
    setTimeout(connect, RETRY_MS);
  });
}

function disconnect() {
  source?.close();
  source = null;
  delete document.documentElement.dataset.live;
}

function hear(event) {
  last = event.lastEventId || last;
  const told = JSON.parse(event.data);
  document.dispatchEvent(new CustomEvent("wanglou:event", { detail: { ...told, kind: event.type } }));
  if (event.type === "alerts.made") showNews(told);
  if (!listLive(event.type).length) return;
  wanted.add(event.type);
  timer ||= setTimeout(refresh, CALM_MS);
}

const listLive = (kind) => [...document.querySelectorAll("[data-live][id]")].filter((one) => kind === RESET || one.dataset.live.split(" ").includes(kind));

// The page's own address is read again, and the parts that the events are about take the place of the old ones.
async function refresh() {
  const kinds = [...wanted];
  wanted = new Set();
  try {
    const asked = location.href;
    const answer = await fetch(asked, { headers: { "X-Background": "1" } });
    if (!answer.ok || answer.redirected || asked !== location.href) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const old of new Set(kinds.flatMap(listLive))) put(old, page.getElementById(old.id));
    put(document.getElementById("answer"), page.getElementById("answer"));
  } catch {
    // The next event, or the reader, asks again.
  } finally {
    timer = 0;
    if (wanted.size) timer = setTimeout(refresh, CALM_MS);
  }
}

function put(old, fresh) {
  if (!old || !fresh || old.contains(document.activeElement?.closest("input:not([type=checkbox]), textarea, select"))) return;
  const known = new Set([...old.querySelectorAll("[data-id]")].map((one) => one.dataset.id));
  const chosen = new Set([...old.querySelectorAll("input[name=id]:checked")].map((one) => one.value));
  const selected = old.querySelector("tr[aria-selected=true]")?.dataset.id;
  const here = old.querySelector("tr.is-here")?.dataset.id;
  for (const row of fresh.querySelectorAll("[data-id]")) {
    if (!known.has(row.dataset.id)) row.classList.add("is-fresh");
    if (row.dataset.id === selected) row.setAttribute("aria-selected", "true");
    if (row.dataset.id === here) row.classList.add("is-here");
  }
  for (const box of fresh.querySelectorAll("input[name=id]")) box.checked = chosen.has(box.value);
  if (known.size > fresh.querySelectorAll("[data-id]").length && fresh.querySelector(".more")) {
    // The reader has gone on to later rows: those stay, new ones come above them.
    old.querySelector("tbody")?.prepend(...fresh.querySelectorAll("tr.is-fresh"));
  } else {
    const made = document.importNode(fresh, true);
    old.replaceWith(made);
    window.htmx?.process(made);
    revive(made);
  }
}
