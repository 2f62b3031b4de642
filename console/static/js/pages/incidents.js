// The page of an incident: a node of the graph, a line of the timeline or a stage chooses what belongs to it on both sides.
function startIncidents(root) {
  for (const box of root.querySelectorAll?.("[data-part=incident]:not([data-started])") ?? []) {
    box.dataset.started = "";
    start(box);
  }
}

function start(box) {
  const bar = box.parentElement.querySelector(".stage-bar");
  const lines = [...box.querySelectorAll(".moment")];
  const nodes = [...box.querySelectorAll(".graph-node")];
  const edges = [...box.querySelectorAll(".graph-edge")];
  const stages = [...(bar?.querySelectorAll("[data-stage]") ?? [])];
  const clear = box.querySelector("[data-does=unselect]");
  const drawn = new Set(nodes.map((node) => node.dataset.node));
  const nameOf = (address) => (drawn.has(address) ? address : "…");
  const ends = (line) => [line.dataset.source, line.dataset.target].filter(Boolean).map(nameOf);
  let chosen = null;

  function choose(key, pressed, holds) {
    const again = chosen === key;
    chosen = again ? null : key;
    for (const one of box.parentElement.querySelectorAll("[aria-pressed=true][data-node], .moment-title[aria-pressed=true], .stage-bar [aria-pressed=true]")) one.setAttribute("aria-pressed", "false");
    for (const one of [...lines, ...nodes, ...edges]) one.classList.remove("is-lit");
    box.classList.toggle("has-choice", !again);
    clear.hidden = again;
    if (again) return;
    pressed?.setAttribute("aria-pressed", "true");
    const lit = lines.filter(holds);
    for (const line of lit) line.classList.add("is-lit");
    const pairs = new Set(lit.map((line) => `${nameOf(line.dataset.source)} ${nameOf(line.dataset.target)}`));
    const names = new Set(lit.flatMap(ends));
    const centre = pressed?.dataset.node;
    if (centre) {
      names.add(centre);
      for (const { dataset } of edges) {
        if (dataset.source !== centre && dataset.target !== centre) continue;
        pairs.add(`${dataset.source} ${dataset.target}`);
        names.add(dataset.source).add(dataset.target);
      }
    }
    for (const node of nodes) node.classList.toggle("is-lit", names.has(node.dataset.node));
    for (const edge of edges) edge.classList.toggle("is-lit", pairs.has(`${edge.dataset.source} ${edge.dataset.target}`));
    if (!pressed?.classList.contains("moment-title")) lit[0]?.scrollIntoView({ block: "nearest" });
  }

  for (const node of nodes) {
    const act = () => choose(`node ${node.dataset.node}`, node, (line) => ends(line).includes(node.dataset.node));
    node.addEventListener("click", act);
    node.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      event.stopPropagation();
      act();
    });
  }
  lines.forEach((line, place) => {
    const title = line.querySelector("button.moment-title");
    title?.addEventListener("click", () => choose(`line ${place}`, title, (other) => other === line));
  });
  for (const stage of stages) stage.addEventListener("click", () => choose(`stage ${stage.dataset.stage}`, stage, (line) => line.dataset.stage === stage.dataset.stage));
  clear.addEventListener("click", () => choose(chosen));
}

document.addEventListener("htmx:afterSwap", (event) => startIncidents(event.detail.elt));
startIncidents(document);
