// Curves of a run: rate over time, and histograms of charge and multiplicity.
import uPlot from "./lib/uPlot.esm.js";

const section = document.getElementById("run");
const style = document.createElement("link");
style.rel = "stylesheet";
style.href = "/console/lib/uPlot.min.css";
document.head.append(style);

const ink = getComputedStyle(document.documentElement).getPropertyValue("--ink").trim();
const line = getComputedStyle(document.documentElement).getPropertyValue("--line").trim();
const busy = getComputedStyle(document.documentElement).getPropertyValue("--busy").trim();

function curve(title, data, x, y, time) {
  const box = document.createElement("div");
  section.append(box);
  if (data.x.length === 0) {
    box.textContent = title + ": nothing to show";
    return;
  }
  const axis = label => ({ label, size: 72, stroke: ink, grid: { stroke: line }, ticks: { stroke: line } });
  const width = () => Math.min(section.clientWidth - 32, 1100);
  const plot = new uPlot({
    title, width: width(), height: 240,
    scales: { x: time ? { time: true } : { time: false, distr: 3, log: 10 }, y: { range: (u, a, b) => [0, b * 1.1 || 1] } },
    axes: [axis(x), axis(y)],
    legend: { show: false },
    series: [{ label: x }, { label: y, stroke: busy, fill: busy + "33", paths: uPlot.paths.stepped({ align: 1 }), points: { show: data.x.length < 3 } }],
  }, [data.x, data.y], box);
  addEventListener("resize", () => plot.setSize({ width: width(), height: 240 }));
}

try {
  const answer = await fetch(section.dataset.url);
  if (!answer.ok) throw new Error("answered " + answer.status);
  const run = await answer.json();
  curve("Rate", run.rate, "time (UTC)", "events / s", true);
  curve("Charge of an event", run.charge, "charge (PE)", "events", false);
  curve("Modules hit by an event", run.multiplicity, "modules", "events", false);
} catch (e) {
  section.textContent = "The curves could not be loaded: " + e.message;
}
