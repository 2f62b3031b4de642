// Charts with ECharts, loaded when a page has one. Colours come from the tokens, so both themes are right.
let library;

const load = () => (library ??= import(new URL("../vendor/echarts.esm.min.js", import.meta.url).href));

// The colour that a token has now: light-dark() is resolved by a property of a real element.
export function colour(token) {
  const probe = document.createElement("span");
  probe.style.color = `var(--${token})`;
  probe.hidden = true;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

export const tone = (name) => colour(/^[1-6]$/.test(name) ? `chart-${name}` : name);

export async function draw(box, makeOption, act) {
  const echarts = await load();
  if (!box.isConnected) return;
  const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const chart = echarts.init(box, null, { renderer: "canvas" });
  const base = () => ({
    animationDuration: reduced ? 0 : 150,
    animationDurationUpdate: reduced ? 0 : 150,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: colour("muted") },
    tooltip: { renderMode: "richText", confine: true, backgroundColor: colour("panel"), borderColor: colour("line"), textStyle: { color: colour("text"), fontSize: 12 } },
  });
  const paint = () => chart.setOption(merge(base(), makeOption()), true);
  paint();
  const sizes = new ResizeObserver(() => {
    if (box.isConnected) chart.resize();
    else { sizes.disconnect(); chart.dispose(); }
  });
  sizes.observe(box);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  act?.(chart);
  return chart;
}

const merge = (base, own) => ({ ...base, ...own, tooltip: { ...base.tooltip, ...own.tooltip } });

export function startCharts(root) {
  for (const figure of root.querySelectorAll?.("[data-chart=histogram]:not([data-started])") ?? []) {
    figure.dataset.started = "";
    drawHistogram(figure);
  }
}

function drawHistogram(figure) {
  const { starts, interval, series, zone } = JSON.parse(figure.dataset.bars);
  const options = { timeZone: zone, hourCycle: "h23", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" };
  const format = new Intl.DateTimeFormat("en", options);
  const labels = starts.map((start) => {
    const { month, day, hour, minute } = Object.fromEntries(format.formatToParts(start).map((part) => [part.type, part.value]));
    return interval < 86_400_000 ? `${month}-${day} ${hour}:${minute}` : `${month}-${day}`;
  });
  const most = Math.max(1, ...starts.map((_, place) => series.reduce((sum, one) => sum + one.values[place], 0)));
  const option = () => ({
    grid: { left: 0, right: 0, top: 4, bottom: 16 },
    xAxis: { type: "category", data: labels, axisTick: { show: false }, axisLine: { lineStyle: { color: colour("line") } }, axisLabel: { color: colour("muted"), fontSize: 12, margin: 4, hideOverlap: true, alignMinLabel: "left", alignMaxLabel: "right", showMinLabel: true } },
    yAxis: { type: "value", max: most, interval: most, axisLine: { show: false }, axisTick: { show: false }, splitLine: { lineStyle: { color: colour("line") } }, axisLabel: { inside: true, verticalAlign: "top", padding: [2, 0, 0, -6], color: colour("muted"), fontSize: 12, formatter: (value) => (value ? value.toLocaleString("en") : "") }, z: 3 },
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, formatter: tell },
    brush: { xAxisIndex: 0, brushStyle: { color: colour("chosen"), borderColor: colour("accent"), borderWidth: 1 }, throttleType: "debounce", throttleDelay: 100 },
    toolbox: { show: false },
    series: series.map((one) => ({ name: one.name, type: "bar", stack: "all", barCategoryGap: "12%", data: one.values, itemStyle: { color: tone(one.tone) } })),
  });
  const tell = (bars) => [labels[bars[0].dataIndex], ...bars.filter((bar) => bar.value).map((bar) => `${bar.seriesName}  ${bar.value.toLocaleString()}`)].join("\n");
  draw(figure.querySelector(".chart"), option, (chart) => {
    if (!("brush" in figure.dataset)) return;
    chart.dispatchAction({ type: "takeGlobalCursor", key: "brush", brushOption: { brushType: "lineX", brushMode: "single" } });
    chart.on("brushEnd", (event) => {
      const range = event.areas[0]?.coordRange;
      if (range) narrow(starts[Math.max(0, range[0])], starts[Math.min(starts.length - 1, range[1])] + interval);
    });
  });
}

// The stretch that was brushed becomes the page's time, written in UTC.
async function narrow(from, to) {
  const { visit } = await import("./entities.js");
  const address = new URL(location.href);
  address.searchParams.set("from", new Date(from).toISOString().replace(".000Z", "Z"));
  address.searchParams.set("to", new Date(to).toISOString().replace(".000Z", "Z"));
  address.searchParams.delete("cursor");
  visit(address.pathname + address.search);
}
