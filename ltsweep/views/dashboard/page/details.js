// The card of one curve: levels in a table, validation curves, sparsity per layer, configuration.

const card = { metric: "accuracy", level: null };

function showDetails() {
  const section = document.getElementById("details");
  const curve = CURVES.find((candidate) => candidate.id === state.selected);
  section.hidden = !curve;
  if (!curve) return;
  const pictures = h("div", {});
  section.replaceChildren(
    h("button", { type: "button", class: "close", "aria-label": "Close", onclick: () => select("") }, "×"),
    h("h2", {}, nameOf(curve)),
    siblings(curve),
    h("div", { class: "columns" }, h("div", {}, h("h3", {}, "Levels"), levelTable(curve)), pictures),
    h("h3", {}, "Settings"), settingsPart(curve),
  );
  const width = pictures.clientWidth;  // known only once it is in the page
  pictures.append(validationPart(curve, width),
    h("h3", {}, "Weights remaining in each layer"), layersPart(curve, width),
    h("h3", {}, "Size of the weights in each layer"), sizesPart(curve, width));
  if (section.dataset.shown !== curve.id) section.scrollIntoView({ block: "nearest" });
  section.dataset.shown = curve.id;
}

// Buttons for the seeds of the same cell, so that a mean line leads to each of its curves.
function siblings(curve) {
  const members = CURVES.filter((other) => other.cell === curve.cell);
  const chips = members.map((member) => h("button", {
    type: "button", class: "chip", "aria-pressed": String(member.id === curve.id),
    onclick: () => select(member.id),
  }, valueText(settingOf(member, "seed"))));
  return h("div", { class: "chips" }, h("span", { class: "quiet" }, "seed"), chips,
    h("span", { class: "quiet" }, `curve ${curve.id}`));
}

function levelTable(curve) {
  const metrics = DATA.of_levels.map((name) => METRICS[name]);
  const headings = [["level", ""], ["weights", ""], ...metrics.map((m) => [m.heading, m.about])];
  const body = curve.rows.map((row, level) => {
    const on = {
      onpointerenter: () => emphasise(level), onpointerleave: () => emphasise(null),
    };
    if (typeof row === "string") {
      return h("tr", on, h("td", {}, level), h("td", { colspan: headings.length - 1, class: "problem" }, row));
    }
    const start = [h("td", {}, level), h("td", {}, percentText(density(row)))];
    if (!ROWS.diverged[row]) return h("tr", on, start, metrics.map((metric) => cell(metric, row)));
    const known = metrics.filter((metric) => metric.of_diverged);
    return h("tr", on, start, known.map((metric) => cell(metric, row)),
      h("td", { colspan: metrics.length - known.length, class: "problem" }, "diverged"));
  });
  const head = h("tr", {}, headings.map(([name, about]) => h("th", { scope: "col", title: about }, name)));
  return h("div", { class: "scroll" }, h("table", {}, h("thead", {}, head), h("tbody", {}, body)));
}

// One decimal is enough in a table; shares of the weights span orders of magnitude.
function cell(metric, row) {
  const value = valueOf(row, metric.name);
  if (value === null) return h("td", {}, "–");
  if (metric.logarithmic) return h("td", {}, percentText(value / 100));
  return h("td", {}, value.toFixed(Math.min(metric.decimals, 1)));
}

function emphasise(level) {
  for (const path of document.querySelectorAll("#details .by-level")) {
    path.classList.toggle("faded", level !== null && path.dataset.level !== String(level));
    path.classList.toggle("strong", path.dataset.level === String(level));
  }
}

function smallBox(width) {
  return { width, height: 230, left: 54, right: width - 10, top: 28, bottom: 184 };
}

function svgText(box, content, label) {
  const frame = h("div", { class: "small-chart" });
  frame.innerHTML = `<svg role="img" aria-label="${escaped(label)}" width="${box.width}" `
    + `height="${box.height}" viewBox="0 0 ${box.width} ${box.height}">${content}</svg>`;
  return frame;
}

function validationPart(curve, width) {
  const isKnown = (row) => typeof row === "number" && detailData().validation[row][1].length > 0;
  if (!curve.rows.some(isKnown)) {
    return h("div", {}, h("h3", {}, "Validation during training"),
      h("p", { class: "quiet" }, "No validation was recorded."));
  }
  const metric = card.metric;
  const button = h("button", {
    type: "button", class: "chip", onclick: () => {
      card.metric = metric === "accuracy" ? "loss" : "accuracy";
      showDetails();
    },
  }, metric === "accuracy" ? "show loss" : "show accuracy");
  const title = h("h3", {}, "Validation during training ", button);
  return h("div", {}, title, validationChart(curve, width, metric));
}

function validationChart(curve, width, metric) {
  const { validation, steps } = detailData();
  const lines = [];
  curve.rows.forEach((row, level) => {
    if (typeof row !== "number") return;
    const [which, accuracies, losses] = validation[row];
    const values = metric === "accuracy" ? accuracies : losses;
    lines.push({ level, points: steps[which].map((step, i) => ({ step, value: values[i] })) });
  });
  const drawn = lines.flatMap((line) => line.points).filter((point) => point.value !== null);
  if (!drawn.length) return h("p", { class: "quiet" }, "No value is finite.");
  const box = smallBox(width);
  const range = (list) => [Math.min(...list), Math.max(...list)];
  const [first, last] = range(drawn.map((point) => point.step));
  const [low, high] = range(drawn.map((point) => point.value));
  const x = { at: linear(first, last, box.left, box.right), ticks: linearTicks(first, last, 5) };
  const y = { at: linear(low, high, box.bottom, box.top), ticks: linearTicks(low, high, 4) };
  const label = METRICS[metric === "accuracy" ? "val_accuracy" : "val_loss"].title;
  const axes = axesMarkup({ ...x, text: String, label: "step" }, { ...y, text: String, label }, box);
  const paths = lines.map((line) => {
    for (const point of line.points) {
      point.px = x.at(point.step);
      point.py = point.value === null ? null : y.at(point.value);
    }
    const color = rampColor(curve.rows.length > 1 ? line.level / (curve.rows.length - 1) : 0);
    return `<path class="curve by-level" data-level="${line.level}" stroke="${color}" `
      + `d="${pathThrough(line.points)}"><title>level ${line.level}</title></path>`;
  });
  const key = h("p", { class: "quiet" }, "level 0 ", h("span", { class: "ramp", style:
    `background:linear-gradient(90deg,${[0, 0.25, 0.5, 0.75, 1].map(rampColor).join(",")})` }),
  ` level ${curve.rows.length - 1}; point at a row of the table to single it out`);
  return h("div", {}, svgText(box, axes + paths.join(""), label), key);
}

// Share of each layer's weights that is kept, by level; a dotted line is what is alive of it.
// What is kept of each layer, and how large that is when the level's training begins.
function layersPart(curve, width) {
  const share = (part) => ([layer, [, total]]) => 100 * ((layer[part] ?? 0) / total);
  return layerChart(curve, width, {
    title: "weights kept in each layer", label: "kept in the layer (%)",
    lines: [["dotted", share(2)], ["", share(1)]], highest: 100, note: "dotted: alive",
  });
}

function sizesPart(curve, width) {
  return layerChart(curve, width, {
    title: "size of the kept weights in each layer", label: "rms / std of the init",
    lines: [["", ([layer]) => layer[3] ?? 0]],
    note: "root mean square when the level begins, over the standard deviation of a fresh draw",
  });
}

// A line per layer over the densities of the levels, both axes logarithmic. `lines` are kinds of
// line, each with its value of [what a layer has at a level, its name and number of weights].
function layerChart(curve, width, { title, label, lines, highest, note }) {
  const { layers, layouts } = detailData();
  const rows = curve.rows.filter((row) => typeof row === "number" && layouts[layers[row][0]].length);
  if (!rows.length) return h("p", { class: "quiet" }, "No layers were recorded.");
  const names = layouts[layers[rows[0]][0]];
  const at = (row, i) => [layers[row].map((part) => (Array.isArray(part) ? part[i] : part)), names[i]];
  const positive = rows.flatMap((row) => names.flatMap((_, i) =>
    lines.map(([, value]) => value(at(row, i))))).filter((value) => value > 0);
  const box = smallBox(width);
  const x = densityAxis(Math.min(...rows.map(density).filter((d) => d > 0)), box);
  const [low, high] = highest
    ? [Math.min(...positive, 0.9 * highest), highest]
    : [Math.min(...positive, 1) / 1.1, Math.max(...positive, 1) * 1.1];
  const y = { at: logarithmic(low, high, box.bottom, box.top), ticks: logTicks(low, high, 7), text: String };
  const color = (i) => (names.length > CATEGORIES.length
    ? rampColor(i / (names.length - 1)) : theme(CATEGORIES[i]));
  const line = ([kind, value], i) => {
    const points = rows.map((row) => ({
      px: x.ofDensity(density(row)),
      py: value(at(row, i)) > 0 ? y.at(value(at(row, i))) : null,
    }));
    return `<path class="curve ${kind}" stroke="${color(i)}" d="${pathThrough(points)}">`
      + `<title>${escaped(names[i][0])}</title></path>`;
  };
  const axes = axesMarkup(x, { ...y, label }, box);
  const paths = names.map((_, i) => lines.map((one) => line(one, i)).join("")).join("");
  const legend = names.map(([name, total], i) => h("span", { class: "entry" },
    h("span", { class: "swatch", style: `background:${color(i)}` }), `${name} (${total.toLocaleString("en")})`));
  return h("div", {}, svgText(box, axes + paths, title),
    h("div", { class: "legend" }, legend, h("span", { class: "quiet" }, note)));
}

function settingsPart(curve) {
  const varying = KEYS.map((key) => [key.name, settingOf(curve, key.name)]);
  const all = [...varying, ...Object.entries(DATA.shared)].sort(([a], [b]) => (a < b ? -1 : 1));
  return h("div", {}, keyValues(varying, "What varies between the curves of this page:"),
    h("details", {}, h("summary", {}, `All settings (${all.length})`), keyValues(all, "")));
}

function keyValues(pairs, caption) {
  const items = pairs.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, valueText(value))));
  return h("div", {}, h("p", { class: "quiet" }, caption), h("dl", {}, items));
}

function showShared() {
  const pairs = Object.entries(DATA.shared);
  if (!pairs.length) return;
  document.getElementById("shared").replaceChildren(
    h("details", {}, h("summary", {}, `Settings that all curves share (${pairs.length})`),
      keyValues(pairs, "")));
}
