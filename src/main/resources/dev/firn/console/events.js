// The event display: modules coloured by their first pulse's time, sized by their charge, played along time.
import * as THREE from "./lib/three.module.min.js";
import { OrbitControls } from "./lib/OrbitControls.js";
import uPlot from "./lib/uPlot.esm.js";

const section = document.getElementById("event");
const style = document.createElement("link");
style.rel = "stylesheet";
style.href = "/console/lib/uPlot.min.css";
document.head.append(style);

const load = async url => {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(url + " answered " + answer.status);
  return answer.json();
};

/** What the address says after '#': part, time, camera. */
const state = new URLSearchParams(location.hash.slice(1));
let later = 0;
function remember(values) {
  for (const [key, value] of Object.entries(values)) state.set(key, value);
  clearTimeout(later);
  later = setTimeout(() => history.replaceState(null, "", "#" + state), 200);
}

/** Modules that were hit: where, and their pulses in order of time. */
function hits(rows, places) {
  const found = new Map();
  let lost = 0;
  for (let i = 0; i < rows.time.length; i++) {
    const key = rows.string[i] + "-" + rows.om[i];
    const place = places.get(key);
    if (!place) { lost++; continue; }
    if (!found.has(key)) found.set(key, { key, place, pulses: [] });
    found.get(key).pulses.push([Number(rows.time[i]), Number(rows.charge[i])]);
  }
  for (const hit of found.values()) hit.pulses.sort((a, b) => a[0] - b[0]);
  return { all: [...found.values()], lost };
}

/** Columns NAME_zenith and NAME_azimuth (and NAME_x, _y, _z) are a track. */
function tracks(part) {
  return Object.keys(part).filter(k => k.endsWith("_zenith")).map(k => k.slice(0, -7))
    .filter(name => Number.isFinite(part[name + "_azimuth"]) && Number.isFinite(part[name + "_zenith"]))
    .map(name => {
      const zenith = part[name + "_zenith"], azimuth = part[name + "_azimuth"];
      const at = ["_x", "_y", "_z"].map(axis => Number.isFinite(part[name + axis]) ? part[name + axis] : null);
      // zenith and azimuth say where it comes from
      const way = new THREE.Vector3(-Math.sin(zenith) * Math.cos(azimuth), -Math.sin(zenith) * Math.sin(azimuth), -Math.cos(zenith));
      return { name, way, at: at.includes(null) ? null : new THREE.Vector3(...at), truth: name.startsWith("true") };
    });
}

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  Object.assign(made, attributes);
  made.append(...children);
  return made;
}

function show(event, geometry) {
  section.replaceChildren();
  const index = Math.min(Number(state.get("part") || 0), event.parts.length - 1);
  const part = event.parts[index];
  const rows = part.pulse_rows;
  const places = new Map(geometry.string.map((s, i) => [s + "-" + geometry.om[i], new THREE.Vector3(geometry.x[i], geometry.y[i], geometry.z[i])]));
  const found = hits(rows, places);
  const times = rows.time.map(Number);
  const first = times.reduce((a, b) => Math.min(a, b), times.length ? Infinity : 0);
  const last = times.reduce((a, b) => Math.max(a, b), first);
  const span = Math.max(last - first, 1);

  const canvas = element("canvas", { className: "scene" });
  const slider = element("input", { type: "range", min: 0, max: 1000, value: state.get("t") ?? 1000 });
  slider.setAttribute("aria-label", "Time");
  const clock = element("output", {});
  const play = element("button", { type: "button", textContent: "Play" });
  const turn = element("button", { type: "button", textContent: "Turn" });
  const controls = element("div", { className: "controls" }, play, turn, slider, clock);
  if (event.parts.length > 1) {
    const select = element("select", {});
    event.parts.forEach((p, i) => select.append(element("option", { value: i, textContent: event.labels[i], selected: i === index })));
    select.onchange = () => { remember({ part: select.value }); state.delete("t"); show(event, geometry); };
    controls.prepend(select);
  }
  const legend = element("p", { className: "none" });
  const wave = element("div", { className: "wave" });
  canvas.hidden = places.size === 0;
  section.append(canvas, controls, legend, wave);

  const renderer = new THREE.WebGLRenderer({ canvas, antialias: true });
  renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
  const scene = new THREE.Scene();
  scene.background = new THREE.Color(0x0c141a);
  const camera = new THREE.PerspectiveCamera(45, 1, 1, 20000);
  camera.up.set(0, 0, 1);
  // what is in the ice; the array at the surface lies two kilometres above
  const deep = [...places.values()].filter(place => place.z < 1000);
  const whole = new THREE.Box3().setFromPoints(deep).getBoundingSphere(new THREE.Sphere());
  if (whole.isEmpty()) whole.set(new THREE.Vector3(), 500);
  const at = (state.get("camera") || "").split(",").map(Number);
  if (at.length === 3 && at.every(Number.isFinite)) camera.position.set(...at);
  else camera.position.set(0.52, -0.81, 0.27).multiplyScalar(whole.radius / Math.sin(Math.PI / 8)).add(whole.center);
  const orbit = new OrbitControls(camera, canvas);
  orbit.target.copy(whole.center);
  orbit.enableDamping = true;
  orbit.addEventListener("end", () => remember({ camera: camera.position.toArray().map(Math.round).join(",") }));

  // every module there is, as one cloud of points
  const cloud = new THREE.BufferGeometry().setFromPoints([...places.values()]);
  scene.add(new THREE.Points(cloud, new THREE.PointsMaterial({ color: 0x9fb6c4, size: 7, sizeAttenuation: true, transparent: true, opacity: 0.75 })));

  // modules that were hit, one instance of one sphere each
  const ball = new THREE.SphereGeometry(1, 12, 8);
  const balls = new THREE.InstancedMesh(ball, new THREE.MeshBasicMaterial(), Math.max(found.all.length, 1));
  balls.frustumCulled = false;
  const hue = t => new THREE.Color().setHSL(0.75 * (t - first) / span, 1, 0.55);
  found.all.forEach((hit, i) => balls.setColorAt(i, hue(hit.pulses[0][0])));
  scene.add(balls);

  for (const track of tracks(part)) {
    const centre = track.at || found.all.reduce((sum, hit) => sum.add(hit.place), new THREE.Vector3()).divideScalar(Math.max(found.all.length, 1));
    const ends = [centre.clone().addScaledVector(track.way, -900), centre.clone().addScaledVector(track.way, 900)];
    const material = track.truth ? new THREE.LineDashedMaterial({ color: 0x7fe0a8, dashSize: 25, gapSize: 12 }) : new THREE.LineBasicMaterial({ color: 0xffc46b });
    const line = new THREE.Line(new THREE.BufferGeometry().setFromPoints(ends), material);
    line.computeLineDistances();
    scene.add(line, new THREE.ArrowHelper(track.way, centre, 200, material.color, 40, 20));
  }
  const names = tracks(part).map(t => t.name + (t.truth ? " (true, dashed)" : ""));
  legend.textContent = found.all.length + " modules hit, " + rows.time.length + " pulses; early is red, late is violet; "
    + "a ball's volume is its charge" + (names.length ? "; tracks: " + names.join(", ") : "")
    + (found.lost ? "; " + found.lost + " pulses of modules whose place is not known" : "")
    + (geometry.string.length ? "" : "; no geometry yet: firn events geometry NAME");

  const matrix = new THREE.Matrix4();
  function until(step) {
    const t = first + span * step / 1000;
    found.all.forEach((hit, i) => {
      let charge = 0;
      for (const [time, q] of hit.pulses) if (time <= t) charge += q;
      const size = charge > 0 ? 7 * Math.cbrt(Math.max(charge, 0.1)) + 3 : 0;
      matrix.makeScale(size, size, size).setPosition(hit.place);
      balls.setMatrixAt(i, matrix);
    });
    balls.count = found.all.length;
    balls.instanceMatrix.needsUpdate = true;
    clock.textContent = Math.round(t) + " ns";
  }
  until(Number(slider.value));

  let playing = false, turning = false, before = 0;
  play.onclick = () => {
    playing = !playing;
    if (playing && Number(slider.value) >= 1000) slider.value = 0;
    play.textContent = playing ? "Pause" : "Play";
  };
  turn.onclick = () => { turning = !turning; turn.textContent = turning ? "Hold" : "Turn"; };
  slider.oninput = () => { until(Number(slider.value)); remember({ t: slider.value }); };

  // a click shows the waveform of one module, a click beside it that of all
  const ray = new THREE.Raycaster();
  let down = null;
  canvas.onpointerdown = e => { down = [e.clientX, e.clientY]; };
  canvas.onpointerup = e => {
    if (!down || Math.hypot(e.clientX - down[0], e.clientY - down[1]) > 4) return;
    const box = canvas.getBoundingClientRect();
    ray.setFromCamera(new THREE.Vector2((e.clientX - box.left) / box.width * 2 - 1, 1 - (e.clientY - box.top) / box.height * 2), camera);
    balls.computeBoundingSphere();
    const hit = ray.intersectObject(balls)[0];
    waveform(hit ? found.all[hit.instanceId] : null);
  };

  let shown = null;
  function waveform(hit) {
    shown = hit;
    wave.replaceChildren();
    const pulses = hit ? hit.pulses : rows.time.map((t, i) => [Number(t), Number(rows.charge[i])]);
    if (pulses.length === 0) return;
    // a last step of nothing closes the bin before it
    const bins = 100, x = [], y = new Array(bins + 1).fill(0);
    for (let i = 0; i <= bins; i++) x.push(first + span * i / bins);
    for (const [t, q] of pulses) y[Math.min(bins - 1, Math.floor((t - first) / span * bins))] += q;
    const css = getComputedStyle(document.documentElement);
    const colour = name => css.getPropertyValue(name).trim();
    const axis = label => ({ label, labelSize: 20, stroke: colour("--ink"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 } });
    new uPlot({
      title: hit ? "Charge over time of module " + hit.key : "Charge over time, all modules",
      width: Math.max(section.clientWidth - 32, 200), height: 200,
      scales: { x: { time: false } }, axes: [axis("time (ns)"), axis("charge (PE)")],
      series: [{ label: "ns" }, { label: "PE", stroke: colour("--busy"), fill: colour("--busy") + "33", paths: uPlot.paths.stepped({ align: 1 }), points: { show: false } }],
      legend: { show: false },
    }, [x, y], wave);
  }
  waveform(null);

  function fit() {
    const width = Math.max(section.clientWidth - 32, 200), height = Math.round(Math.min(Math.max(width * 0.6, Math.min(width, 360)), innerHeight * 0.7));
    renderer.setSize(width, height, false);
    canvas.width && (camera.aspect = width / height);
    camera.updateProjectionMatrix();
  }
  const resized = () => {
    if (!canvas.isConnected) removeEventListener("resize", resized);
    else { fit(); waveform(shown); }
  };
  addEventListener("resize", resized);
  fit();
  renderer.setAnimationLoop(now => {
    if (!canvas.isConnected) { renderer.setAnimationLoop(null); renderer.dispose(); return; }
    const passed = Math.min(now - before, 100);
    before = now;
    if (playing) {
      slider.value = Math.min(1000, Number(slider.value) + passed / 6);
      until(Number(slider.value));
      if (Number(slider.value) >= 1000) { playing = false; play.textContent = "Play"; }
    }
    orbit.autoRotate = turning;
    orbit.update();
    renderer.render(scene, camera);
  });
}

try {
  const [event, geometry] = await Promise.all([load(section.dataset.url), load("/console/events/geometry")]);
  show(event, geometry);
} catch (e) {
  section.textContent = "The picture could not be made: " + e.message;
}
