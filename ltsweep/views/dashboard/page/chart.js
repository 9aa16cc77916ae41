// The main chart: a metric against weights remaining, one line per cell or per curve.

const MOST_BANDS = 30;
const MOST_DOTS = 1500;
const chart = { svg: document.getElementById("chart"), lines: [], box: null };

function drawChart(curves) {
  const metric = METRICS[state.y];
  const lines = (state.show === "mean"
    ? cellLines(curves, state.y) : curves.map((curve) => curveLine(curve, state.y)))
    .filter((line) => line.points.some((point) => point.y !== null))
    .sort((a, b) => rankOf(b) - rankOf(a));
  const box = chartBox(chart.svg.parentElement.clientWidth);
  chart.svg.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`);
  chart.svg.setAttribute("height", box.height);
  chart.box = box;
  chart.lines = lines;
  if (!lines.length) {
    const nothing = CURVES.some((curve) => curve.rows.some((row) => typeof row === "number"))
      ? "no curve passes the filters with a value here" : "no finished level yet";
    chart.svg.innerHTML = `<text class="empty" x="${box.width / 2}" y="${box.height / 2}" `
      + `text-anchor="middle">${nothing}</text>`;
    return;
  }
  const dense = metric.dense_line ? denseMeans(curves, state.y) : [];
  const y = valueAxis(metric, yRange(lines, dense, metric), box);
  const x = densityAxis(Math.min(...lines.map((line) => line.points.at(-1).x)), box);
  place(lines, x, y);
  chart.svg.innerHTML = axesMarkup(x, y, box) + clip(box) + '<g clip-path="url(#plot-area)">'
    + bandsMarkup(lines) + denseMarkup(dense, y, box) + linesMarkup(lines)
    + '<g id="focus"></g></g>';
}

// Methods in the order of all legends, drawn from last to first: the ticket lies on top.
function rankOf(line) {
  const method = KEY.get("method");
  return method ? codeOf(line.curves[0], method) : 0;
}

function chartBox(width) {
  const height = Math.round(Math.min(470, Math.max(290, width * 0.52)));
  const phone = width < 520;
  return { width, height, left: phone ? 44 : 54, right: width - 12, top: 30, bottom: height - 46 };
}

function clip(box) {
  return `<clipPath id="plot-area"><rect x="${box.left}" y="${box.top - 6}" `
    + `width="${box.right - box.left + 8}" height="${box.bottom - box.top + 7}"/></clipPath>`;
}

// Weights remaining: 100 % on the left, logarithmic.
function densityAxis(lowest, box) {
  const low = Math.min(lowest, 0.9);
  const at = logarithmic(1.06, low / 1.06, box.left, box.right);
  const ticks = logTicks(100 * low, 100, box.width < 520 ? 6 : 11);
  return {
    ticks, text: (tick) => String(tick), label: "weights remaining (%)",
    at: (tick) => at(tick / 100), ofDensity: at,
  };
}

function valueAxis(metric, [low, high], box) {
  const make = metric.logarithmic ? logarithmic : linear;
  const ticks = metric.logarithmic ? logTicks(low, high, 6) : linearTicks(low, high, 7);
  return {
    at: make(low, high, box.bottom, box.top), ticks, label: metric.title,
    text: (tick) => String(tick),
  };
}

function yRange(lines, dense, metric) {
  let low = Infinity;
  let high = -Infinity;
  for (const line of lines) {
    for (const point of line.points) {
      if (point.y === null || (metric.logarithmic && point.y <= 0)) continue;
      low = Math.min(low, metric.logarithmic ? point.y : point.y - (point.sd ?? 0));
      high = Math.max(high, metric.logarithmic ? point.y : point.y + (point.sd ?? 0));
    }
  }
  if (low > high) return [1, 10];
  if (metric.logarithmic) return [low / 1.1, high * 1.1];
  if (state.zoom === "dense" && dense.length) low = Math.max(low, Math.min(...dense) - nearDense());
  return rounded(low, high);
}

// Widens a range to the next round ticks, so that the axis ends on numbers one can read.
function rounded(low, high) {
  const step = tickStep(high - low || 1, 7);
  return [Math.floor(low / step) * step, Math.ceil(high / step) * step || step];
}

// How far below dense "near dense" reaches, in points: five tolerances of the verdicts.
function nearDense() {
  const deltas = DATA.verdicts.flatMap((verdict) => verdict.methods.map((m) => m.delta));
  return 5 * Math.max(...deltas, 0.2);
}

function place(lines, x, y) {
  const positive = !METRICS[state.y].logarithmic;
  for (const line of lines) {
    line.color = colorOf(state.color, settingOf(line.curves[0], state.color));
    for (const point of line.points) {
      const drawable = point.y !== null && (positive || point.y > 0);
      point.px = x.ofDensity(point.x);
      point.py = drawable ? y.at(point.y) : null;
      if (point.sd !== null && drawable) {
        const low = point.y - point.sd;
        point.above = y.at(point.y + point.sd);
        point.below = positive || low > 0 ? y.at(low) : chart.box.bottom;
      }
    }
  }
}

function bandsMarkup(lines) {
  if (lines.length > MOST_BANDS) return "";
  return lines.map((line) => bandParts(line.points).map((points) => {
    const upper = points.map((p) => `${p.px.toFixed(1)} ${p.above.toFixed(1)}`).join("L");
    const back = points.slice().reverse();
    const lower = back.map((p) => `${p.px.toFixed(1)} ${p.below.toFixed(1)}`).join("L");
    return `<path class="band" fill="${line.color}" d="M${upper}L${lower}Z"/>`;
  }).join("")).join("");
}

// A band must not bridge a level that has no spread: one part per unbroken run of levels.
function bandParts(points) {
  const parts = [[]];
  for (const point of points) {
    if (point.above !== undefined) parts.at(-1).push(point);
    else if (parts.at(-1).length) parts.push([]);
  }
  return parts.filter((part) => part.length > 1);
}

function denseMarkup(dense, y, box) {
  if (dense.length > 6) return "";
  return dense.map((value) => {
    const at = y.at(value).toFixed(1);
    return `<line class="dense" x1="${box.left}" x2="${box.right}" y1="${at}" y2="${at}"/>`;
  }).join("");
}

function linesMarkup(lines) {
  const total = lines.reduce((sum, line) => sum + line.points.length, 0);
  const opacity = lines.length > 60 ? Math.max(0.25, 12 / Math.sqrt(lines.length)) : 1;
  const paths = lines.map((line) =>
    `<path class="curve" stroke="${line.color}"${dashesOf(line)} d="${pathThrough(line.points)}"/>`);
  let dots = "";
  if (total <= MOST_DOTS) {
    dots = lines.map((line) => line.points.filter((point) => point.py !== null).map((point) =>
      `<circle fill="${line.color}" cx="${point.px.toFixed(1)}" cy="${point.py.toFixed(1)}" `
      + `r="${point.diverged || isOpen(line) ? 4 : 2.4}"${dotStyle(line, point)}/>`)
      .join("")).join("");
  }
  return `<g opacity="${opacity.toFixed(2)}">${paths.join("")}${dots}</g>`;
}

// A method without pruned levels has open dots: it belongs to the line of its colour. So have
// further arms of one method, whose lines are dashed, too.
function isOpen(line) {
  const [curve] = line.curves;
  return curve.variant > 0 || DATA.open_looks.includes(settingOf(curve, "method"));
}

function dashesOf(line) {
  const [{ variant }] = line.curves;
  if (variant) return ` stroke-dasharray="${2 + 3 * variant} 2"`;
  return isSecond(line) ? ' stroke-dasharray="7 3"' : "";
}

// Of two methods that share a colour, the dashed one.
function isSecond(line) {
  return state.color === "method" && DATA.second_looks.includes(settingOf(line.curves[0], "method"));
}

function dotStyle(line, point) {
  if (point.diverged) return ' class="partial"';
  return isOpen(line) ? ` class="open" stroke="${line.color}"` : "";
}

function drawLegend(curves) {
  const groups = new Map();
  for (const line of chart.lines) {
    const [curve] = line.curves;
    const name = state.color === "method" ? curve.arm : valueText(settingOf(curve, state.color));
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(line);
  }
  const key = KEY.get(state.color);
  const rank = ({ curves: [curve] }) => [key ? codeOf(curve, key) : 0, curve.variant];
  const order = [...groups].sort(([, [a]], [, [b]]) => rank(a)[0] - rank(b)[0] || rank(a)[1] - rank(b)[1]);
  const items = order.map(([name, lines]) => {
    const edge = lines.every(isSecond) ? "border:2px dashed " : "background:";
    const fill = lines.every(isOpen) ? "border:2px solid " : edge;
    const swatch = h("span", { class: "swatch", style: `${fill}${lines[0].color}` });
    return h("span", { class: "entry" }, swatch, `${name} (${sizeOf(lines)})`);
  });
  if (chart.svg.querySelector(".dense")) {
    items.push(h("span", { class: "entry" }, h("span", { class: "swatch dashed" }), "dense, mean"));
  }
  document.getElementById("legend").replaceChildren(...items);
  document.getElementById("note").textContent = noteOf(curves);
}

// "n = 6" for one cell, otherwise how many cells of how many seeds: nothing is pooled over cells.
function sizeOf(lines) {
  if (state.show === "curves") return `${lines.length} curve${lines.length > 1 ? "s" : ""}`;
  const counts = lines.flatMap((line) => line.points.map((point) => point.n));
  const [low, high] = [Math.min(...counts), Math.max(...counts)];
  const n = low === high ? `n = ${high}` : `n = ${low}–${high}`;
  return lines.length > 1 ? `${lines.length} cells, ${n} each` : n;
}

function noteOf(curves) {
  if (!chart.lines.length) return "";
  if (state.show === "curves") return "One line per curve.";
  const cells = new Set(curves.map((curve) => curve.cell)).size;
  const band = chart.lines.length > MOST_BANDS
    ? `bands of ± 1 standard deviation appear at ${MOST_BANDS} cells or fewer`
    : "the band is ± 1 standard deviation over its seeds";
  return `One line per cell (${cells}): the mean over its seeds; ${band}.`;
}
