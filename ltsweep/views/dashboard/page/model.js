// The data of the page: decoding, filtering, and means over the seeds of one cell.

const DATA = JSON.parse(document.getElementById("data").textContent);
const ROWS = DATA.rows;
const CURVES = DATA.curves.map((curve, index) => ({ ...curve, index }));
const KEYS = DATA.keys;
const KEY = new Map(KEYS.map((key) => [key.name, key]));
const FILTERS = KEYS.filter((key) => key.filters);

const METRICS = Object.fromEntries(DATA.metrics.map((metric) => [metric.name, metric]));

// Validation curves and layers are most of the file: parsed when the first curve is opened.
let parsedDetails = null;
function detailData() {
  parsedDetails ??= JSON.parse(document.getElementById("detail-data").textContent);
  return parsedDetails;
}

function settingOf(curve, name) {
  const key = KEY.get(name);
  return key ? key.values[key.codes[curve.index]] : DATA.shared[name];
}

function codeOf(curve, key) {
  return key.codes[curve.index];
}

// `filters` maps a key's name to the set of codes that may pass; an absent key lets all pass.
function passes(curve, filters, exceptName = null) {
  for (const [name, codes] of filters) {
    if (name !== exceptName && !codes.has(codeOf(curve, KEY.get(name)))) return false;
  }
  return true;
}

// Keys, like the seed, that differ between curves of one cell.
const VARIES_WITHIN_CELLS = new Set(KEYS.filter((key) => {
  const first = new Map();
  return CURVES.some((curve) => {
    if (!first.has(curve.cell)) first.set(curve.cell, codeOf(curve, key));
    return first.get(curve.cell) !== codeOf(curve, key);
  });
}).map((key) => key.name));

// How many curves each value of a key would leave, given all other filters.
function countsOf(key, filters) {
  const counts = new Array(key.values.length).fill(0);
  for (const curve of CURVES) {
    if (passes(curve, filters, key.name)) counts[codeOf(curve, key)] += 1;
  }
  return counts;
}

function density(row) {
  return ROWS.kept[row] / ROWS.prunable[row];
}

function valueOf(row, metric) {
  return ROWS[metric][row];
}

// One line per curve: its points have {level, x, y, sd: null, n: 1, row}.
function curveLine(curve, metric) {
  const points = [];
  curve.rows.forEach((row, level) => {
    if (typeof row !== "number" || ROWS.kept[row] === 0) return;
    const y = valueOf(row, metric);
    const diverged = ROWS.diverged[row];
    points.push({ level, x: density(row), y, sd: null, n: y === null ? 0 : 1, diverged, row });
  });
  return { curves: [curve], points };
}

// One line per cell: mean and sample standard deviation over its visible seeds at each level.
function cellLines(curves, metric) {
  const cells = new Map();
  for (const curve of curves) {
    if (!cells.has(curve.cell)) cells.set(curve.cell, []);
    cells.get(curve.cell).push(curve);
  }
  return [...cells.values()].map((members) => meanLine(members, metric));
}

function meanLine(members, metric) {
  const byLevel = [];
  for (const curve of members) {
    for (const point of curveLine(curve, metric).points) {
      (byLevel[point.level] ??= []).push(point);
    }
  }
  const points = byLevel.filter(Boolean).map(pooled);
  return { curves: members, points };
}

function pooled(points) {
  const values = points.map((point) => point.y).filter((value) => value !== null);
  const n = values.length;
  const mean = n ? values.reduce((sum, value) => sum + value, 0) / n : null;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    level: points[0].level,
    x: points.reduce((sum, point) => sum + point.x, 0) / points.length,
    y: mean,
    sd: n > 1 ? Math.sqrt(squares / (n - 1)) : null,
    n,
    diverged: points.reduce((sum, point) => sum + point.diverged, 0),
    row: points[0].row,
  };
}

// The dense trainings of the visible curves of each panel: what the dashed lines show.
function denseMeans(curves, metric) {
  const panels = new Map();
  for (const curve of curves) {
    const row = curve.dense;
    if (typeof row !== "number" || valueOf(row, metric) === null) continue;
    if (!panels.has(curve.panel)) panels.set(curve.panel, new Map());
    panels.get(curve.panel).set(row, valueOf(row, metric));
  }
  return [...panels.values()].map((values) => {
    const list = [...values.values()];
    return list.reduce((sum, value) => sum + value, 0) / list.length;
  });
}

function words(name) {
  return name.replaceAll("_", " ");
}

function valueText(value) {
  if (value === null || value === undefined) return "none";
  if (typeof value === "object") return JSON.stringify(value);
  return typeof value === "number" ? String(Number(value.toPrecision(6))) : String(value);
}

function percentText(fraction) {
  const value = 100 * fraction;
  return `${Number(value.toFixed(value >= 10 ? 1 : value >= 0.095 ? 2 : 3))} %`;
}

function signedText(value) {
  const size = Math.abs(value).toFixed(2);
  return Number(size) === 0 ? size : (value < 0 ? "−" : "+") + size;
}

// A target that is the source needs no name.
const SOURCE_OF = { target: "source", target_optimizer: "source_optimizer" };
function isSource(curve, name) {
  return name in SOURCE_OF && settingOf(curve, name) === settingOf(curve, SOURCE_OF[name]);
}

// What tells this curve from the others on the page: the settings that vary, without the seed.
function nameOf(curve) {
  const others = FILTERS.filter((key) => key.name !== "method" && key.name !== "seed"
    && !isSource(curve, key.name));
  const parts = others.map((key) => `${words(key.name)} ${valueText(settingOf(curve, key.name))}`);
  return [settingOf(curve, "method"), ...parts].join(" · ");
}
