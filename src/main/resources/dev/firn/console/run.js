// Curves of a run: rate over time, and histograms of charge and multiplicity.
import uPlot from "./lib/uPlot.esm.js";

const section = document.getElementById("run");
const style = document.createElement("link");
style.rel = "stylesheet";
style.href = "/console/lib/uPlot.min.css";
document.head.append(style);

const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const ink = colour("--ink"), line = colour("--line"), busy = colour("--busy");
const axis = label => ({ label, labelSize: 20, stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } });

function curve(title, data, x, y, scale, more) {
  const box = document.createElement("div");
  section.append(box);
  if (data.x.length === 0) {
    box.textContent = title + ": nothing to show";
    return;
  }
  const width = () => Math.min(section.clientWidth - 32, 1100);
  const plot = new uPlot({
    title, width: width(), height: 230,
    tzDate: seconds => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    scales: { x: scale, y: { range: (u, a, b) => [0, b * 1.1 || 1] } },
    axes: [{ ...axis(x), ...more }, { ...axis(y), size: 70 }],
    legend: { show: false },
    series: [{ label: x }, { label: y, stroke: busy, fill: busy + "33", paths: uPlot.paths.stepped({ align: 1 }), points: { show: data.x.length === 1 } }],
  }, [data.x, data.y], box);
  addEventListener("resize", () => plot.setSize({ width: width(), height: 230 }));
}

/** One moment alone, as simulated events may have, is shown with a minute around it. */
function rate(data) {
  const only = data.x.length === 1 ? data.x[0] : null;
  curve("Rate", data, "time (UTC)", "events / s", { time: true, ...(only === null ? {} : { range: [only - 30, only + 30] }) });
}

/** Bins of a tenth of a decade: those without events are there too, and one that closes the last. */
function histogram(title, data, x) {
  const bins = new Map(data.x.map((at, i) => [Math.round(Math.log10(at) * 10), data.y[i]]));
  const first = Math.min(...bins.keys()), last = Math.max(...bins.keys());
  const all = { x: [], y: [] };
  for (let bin = first; bins.size > 0 && bin <= last + 1; bin++) {
    all.x.push(10 ** (bin / 10));
    all.y.push(bins.get(bin) ?? 0);
  }
  const scale = { time: false, distr: 3, log: 10, range: [10 ** ((first - 1) / 10), 10 ** ((last + 2) / 10)] };
  const splits = (u, axis, least, most) => {
    const all = [];
    for (let decade = 10 ** Math.floor(Math.log10(least)); decade <= most; decade *= 10)
      for (let n = 1; n < 10; n++) if (n * decade >= least && n * decade <= most) all.push(n * decade);
    return all;
  };
  const told = at => [1, 2, 5].some(n => Math.abs(at / 10 ** Math.floor(Math.log10(at) + 1e-9) - n) < 1e-6);
  curve(title, all, x, "events", scale, {
    splits,
    filter: (u, splits) => splits.map(at => told(at) ? at : null),
    values: (u, splits) => splits.map(at => at === null ? null : Number(at.toPrecision(6)).toLocaleString("en")),
  });
}

try {
  const answer = await fetch(section.dataset.url);
  if (!answer.ok) throw new Error("answered " + answer.status);
  const run = await answer.json();
  section.replaceChildren();
  rate(run.rate);
  histogram("Charge of an event", run.charge, "charge (PE)");
  histogram("Modules hit by an event", run.multiplicity, "modules");
} catch (e) {
  section.textContent = "The curves could not be loaded: " + e.message;
}
