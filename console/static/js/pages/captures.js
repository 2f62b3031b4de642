// Captures: uploads in pieces that go on after an interruption, and the bars of jobs that the worker tells of.
const API = "/api/v1/uploads";
const PIECE = 8 << 20;
const WAITS_MS = [1000, 2000, 5000, 10000, 30000];
const KEPT = "wanglou-upload:";
const sendings = [];
let line = Promise.resolve();

const box = () => document.getElementById("uploads");
let words = {};

document.addEventListener("change", (event) => {
  if (event.target.id !== "upload-files") return;
  take([...event.target.files]);
  event.target.value = "";
});
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const drop = event.target.closest?.(".drop");
    if (!box()) return;
    event.preventDefault(); // a file that misses the box must not replace the page
    drop?.classList.toggle("is-over", kind === "dragover");
    if (kind === "drop" && drop) take([...event.dataTransfer.files]);
  });
}
document.addEventListener("wanglou:event", (event) => {
  if (event.detail.kind === "job.progressed") showProgress(event.detail);
});
document.addEventListener("htmx:afterSwap", show);
addEventListener("beforeunload", (event) => {
  if (sendings.some((one) => one.isGoing)) event.preventDefault();
});

function take(files) {
  words = JSON.parse(box().dataset.words);
  const enterprise = document.getElementById("upload-enterprise")?.value ?? "";
  const isMoved = document.getElementById("upload-moved")?.checked ?? false;
  for (const file of files) {
    const sending = new Sending(file, enterprise, isMoved, Number(box().dataset.most));
    sendings.push(sending);
    line = line.then(() => sending.run());
  }
  show();
}

// Rows outlive the page's parts, so that one can look elsewhere while a file is sent.
function show() {
  const list = document.getElementById("upload-list");
  if (list) for (const one of sendings) if (one.row.parentNode !== list) list.append(one.row);
}

class Sending {
  constructor(file, enterprise, isMoved, most) {
    Object.assign(this, { file, enterprise, isMoved, most, isGoing: true, isCancelled: false, id: "" });
    this.key = `${KEPT}${file.name}:${file.size}:${file.lastModified}:${enterprise}`;
    this.row = makeRow(file.name, () => this.cancel());
    this.tell(words.waiting);
  }

  async run() {
    try {
      if (this.isCancelled) return;
      if (this.file.size > this.most) throw new Error(words.large.replace("{most}", writeSize(this.most)));
      let offset = await this.begin();
      while (offset < this.file.size && !this.isCancelled) offset = await this.sendPiece(offset);
      if (this.isCancelled) return;
      await this.insist(() => ask("POST", `${API}/${this.id}/finish`, { is_moved: this.isMoved }));
      this.end(words.done);
      setTimeout(() => this.leave(), 4000);
    } catch (error) {
      if (!this.isCancelled) this.end(error.message || words.failed, true, error.status === 507);
    }
  }

  // An upload of the same file that was broken off goes on where it was.
  async begin() {
    const known = localStorage.getItem(this.key);
    if (known) {
      const found = await this.insist(() => ask("GET", `${API}/${known}`), [404]);
      if (found?.state === "open") {
        this.id = known;
        return found.received_bytes;
      }
    }
    const { name, size } = this.file;
    const made = await this.insist(() => ask("POST", API, { name, size_bytes: size, enterprise: this.enterprise }));
    this.id = made.id;
    localStorage.setItem(this.key, made.id);
    return 0;
  }

  async sendPiece(offset) {
    const piece = this.file.slice(offset, offset + PIECE);
    const began = performance.now();
    const done = await this.insist(() => this.put(offset, piece, began), [409]);
    if (done) return done.received_bytes;
    return (await this.insist(() => ask("GET", `${API}/${this.id}`))).received_bytes;
  }

  put(offset, piece, began) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      this.request = request;
      request.open("PATCH", `${API}/${this.id}`);
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.setRequestHeader("Upload-Offset", offset);
      request.setRequestHeader("X-CSRF-Token", csrf());
      request.upload.onprogress = (event) => this.progress(offset + event.loaded, event.loaded / ((performance.now() - began) / 1000));
      request.onload = () => (request.status < 300 ? resolve(JSON.parse(request.responseText)) : reject(readFailure(request.status, request.responseText)));
      request.onerror = request.onabort = () => reject(new Lost());
      request.send(piece);
    });
  }

  // What the network or a busy server refuses is tried again; what cannot be is told. Statuses in `given` give null.
  async insist(act, given = []) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await act();
      } catch (error) {
        if (this.isCancelled) throw error;
        if (given.includes(error.status)) return null;
        const isPassing = error instanceof Lost || error.status === 429 || error.status === 503 || (error.status === 409 && error.isBusy);
        if (!isPassing) throw error;
        this.tell(error.message ? `${error.message} · ${words.later}` : words.again);
        await new Promise((resolve) => setTimeout(resolve, WAITS_MS[Math.min(attempt, WAITS_MS.length - 1)]));
      }
    }
  }

  progress(sent, rate) {
    const share = sent / this.file.size;
    const bar = this.row.querySelector("progress");
    bar.max = 1;
    bar.value = share;
    put(this.row, "phase", words.sending);
    put(this.row, "share", `${Math.floor(share * 100)} %`);
    put(this.row, "rate", words.rate.replace("{size}", writeSize(rate)));
    put(this.row, "left", rate > 0 ? words.left.replace("{time}", writeSeconds((this.file.size - sent) / rate)) : "");
  }

  tell(text) {
    put(this.row, "phase", text);
  }

  // What the disk had no room for goes on where it stopped when the same file is chosen again.
  end(text, isFault = false, isKept = false) {
    this.isGoing = false;
    if (!isKept) localStorage.removeItem(this.key);
    this.row.classList.toggle("is-fault", isFault);
    for (const name of ["share", "rate", "left"]) put(this.row, name, "");
    this.row.querySelector("progress").remove();
    const button = this.row.querySelector("button");
    if (isFault) button.onclick = () => this.leave();
    else button.remove();
    this.tell(text);
  }

  async cancel() {
    this.isCancelled = true;
    this.request?.abort();
    this.end(words.cancelled);
    setTimeout(() => this.leave(), 2500);
    if (this.id) await ask("DELETE", `${API}/${this.id}`).catch(() => {});
  }

  leave() {
    this.row.remove();
    sendings.splice(sendings.indexOf(this), 1);
  }
}

class Lost extends Error {}

const csrf = () => document.querySelector("meta[name=csrf]").content;

async function ask(method, address, body) {
  const headers = { "X-CSRF-Token": csrf() };
  if (body) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(address, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw new Lost();
  }
  const text = await answer.text();
  if (!answer.ok) throw readFailure(answer.status, text);
  return text ? JSON.parse(text) : {};
}

function readFailure(status, text) {
  let problem = {};
  try {
    problem = JSON.parse(text);
  } catch {
    // An answer of something between us and the console.
  }
  const error = new Error([problem.detail || problem.title, problem.do].filter(Boolean).join(" · "));
  return Object.assign(error, { status });
}

function makeRow(name, cancel) {
  const row = document.createElement("li");
  row.className = "job";
  const head = document.createElement("div");
  head.className = "job-head";
  head.append(Object.assign(document.createElement("span"), { className: "job-name", textContent: name }));
  const bar = document.createElement("progress");
  bar.setAttribute("aria-label", name);
  bar.max = 1;
  bar.value = 0;
  const foot = document.createElement("div");
  foot.className = "job-foot muted";
  for (const shows of ["phase", "share", "rate", "left"]) {
    const part = document.createElement("span");
    part.dataset.shows = shows;
    foot.append(part);
  }
  foot.append(Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: words.cancel, onclick: cancel }));
  row.append(head, bar, foot);
  return row;
}

const put = (row, shows, text) => { row.querySelector(`[data-shows=${shows}]`).textContent = text; };

function showProgress(told) {
  const row = document.querySelector(`[data-job="${CSS.escape(told.subject)}"]`);
  const said = box()?.dataset.words;
  if (!row || !said) return;
  words = JSON.parse(said);
  const isReading = ["checking", "reading"].includes(told.phase) && told.size_bytes > 0;
  const share = Math.min(told.position_bytes / told.size_bytes, 1);
  const bar = row.querySelector("progress");
  if (bar && isReading) Object.assign(bar, { max: 1, value: share });
  else bar?.removeAttribute("value");
  put(row, "phase", words.phases[told.phase] ?? "");
  put(row, "share", isReading ? `${Math.floor(share * 100)} %` : "");
  put(row, "rate", isReading && told.packets_per_s ? words.job_rate.replace("{packets}", Math.round(told.packets_per_s).toLocaleString("en")).replace("{size}", writeSize(told.bytes_per_s)) : "");
  put(row, "left", isReading && told.left_s ? words.left.replace("{time}", writeSeconds(told.left_s)) : "");
}

function writeSize(bytes) {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let place = 0;
  let size = bytes;
  while (size >= 1000 && place < units.length - 1) {
    size /= 1000;
    place += 1;
  }
  return `${size.toFixed(place ? 1 : 0)} ${units[place]}`;
}

function writeSeconds(seconds) {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  return whole < 3600 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

show();
