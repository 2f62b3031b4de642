// Keeps the wall up to date: asks for the state, changes only the parts that differ, points out one incident after the
// other, and says when the server is away, with the time of what is still shown.
const page = document.getElementById("wall");
const away = document.getElementById("away");
const refresh = Number(page.dataset.refresh) * 1000;
const rotate = Number(page.dataset.rotate) * 1000;
let place = 0;

async function update() {
  let answer;
  try {
    answer = await fetch(`/wall/state${location.search}`, { headers: { "X-Background": "1" }, redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(refresh) });
  } catch {
    return complain("away");
  }
  if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) return complain("ended");
  if (!answer.ok) return complain("away");
  let text;
  try {
    text = await answer.text();
  } catch {
    return complain("away");
  }
  const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("wall");
  if (!fresh) return complain("away");
  if (fresh.dataset.build !== page.dataset.build) return location.reload();
  take(fresh);
}

function take(fresh) {
  for (const part of fresh.querySelectorAll("[data-part]")) {
    const old = page.querySelector(`[data-part="${part.dataset.part}"]`);
    if (seen(old) === seen(part)) continue;
    old.replaceChildren(...part.childNodes);
    if (part.dataset.part === "foot" || part.dataset.part === "map") point();
  }
  page.dataset.at = fresh.dataset.at;
  page.dataset.time = fresh.dataset.time;
  away.hidden = true;
  document.documentElement.classList.remove("is-away");
}

// What a part says, whatever is pointed out in it at the moment.
function seen(part) {
  const copy = part.cloneNode(true);
  for (const one of copy.querySelectorAll(".is-lit")) one.classList.remove("is-lit");
  for (const one of copy.querySelectorAll(".highlight")) one.hidden = false;
  return copy.innerHTML;
}

function complain(why) {
  away.textContent = page.dataset[why].replace("{time}", page.dataset.time);
  away.hidden = false;
  document.documentElement.classList.add("is-away");
}

function point() {
  const all = [...page.querySelectorAll(".highlight")];
  const one = all[place % Math.max(1, all.length)];
  for (const other of all) other.hidden = other !== one;
  for (const mark of page.querySelectorAll(".place")) mark.classList.toggle("is-lit", mark.dataset.enterprise === one?.dataset.enterprise);
}

point();
setInterval(() => { place += 1; point(); }, rotate);
setInterval(update, refresh);
