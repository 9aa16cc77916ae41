// Tables of verdicts, one block per panel, as computed from the records; and levels without a result.

const MOST_OPEN_PANELS = 2;
const MOST_PROBLEMS = 200;

function buildVerdicts() {
  const blocks = DATA.verdicts.map((verdict, panel) => {
    const open = DATA.verdicts.length <= MOST_OPEN_PANELS;
    const summary = h("summary", {}, verdict.setting_in_words || "All curves", h("small", {}, inShort(verdict)));
    const block = h("details", { class: "panel", "data-panel": panel, open }, summary);
    const fill = () => block.children.length === 1 && block.append(...panelTables(verdict));
    if (open) fill();
    block.addEventListener("toggle", fill);
    return block;
  });
  const about = h("p", { class: "quiet" },
    "A method matches dense at a level when the one-sided 95 % lower bound of the mean paired "
    + "difference lies above −δ; the lowest matching density is the last of the unbroken run of "
    + "matching levels. Verdicts always use all seeds, whatever the filters. With fewer than 5 seeds "
    + "there are intervals and no verdict.");
  const primary = DATA.primary ? [h("p", { class: "primary" }, h("strong", {}, DATA.primary))] : [];
  const rates = DATA.error_rates.map((line) => h("p", { class: "quiet" }, `${line}.`));
  document.getElementById("verdicts").replaceChildren(
    h("h2", {}, "Verdicts"), ...primary, DATA.verdicts.length ? about : "no finished level yet", ...rates, ...blocks);
}

function inShort(verdict) {
  const known = verdict.methods.filter((method) => method.lowest);
  const said = new Set(known.map((method) => method.lowest_in_words));
  if (known.length > 1 && said.size === 1) return `all methods: ${[...said][0]}`;
  return known.map((method) => `${method.arm}: ${method.lowest_in_words}`).join(" · ");
}

function showVerdicts(curves) {
  const panels = new Set(curves.map((curve) => String(curve.panel)));
  for (const block of document.querySelectorAll("#verdicts .panel")) {
    block.hidden = !panels.has(block.dataset.panel);
  }
}

function panelTables(verdict) {
  const parts = [h("h3", {}, "Against dense"), h("p", { class: "quiet" }, denseText(verdict)),
    methodsTable(verdict)];
  const beside = [verdict.linear_in_words, verdict.published_in_words].filter(Boolean);
  parts.push(...beside.map((line) => h("p", { class: "quiet" }, `${line}.`)));
  if (verdict.contrasts.length) {
    parts.push(h("h3", {}, "One arm minus another, at the declared densities"), contrastsTable(verdict));
  }
  return parts;
}

function denseText({ dense, methods, split }) {
  const deltas = [...new Set(methods.map((method) => `${method.delta}`))].join(" / ");
  const tolerance = `tolerance δ ${deltas} pp`;
  const told = dense.filter(({ level }) => level.mean !== null).map(({ name, level }) => {
    const sampling = level.sampling_sd === null
      ? "" : ` (the finite ${split} set alone spreads it by ± ${level.sampling_sd.toFixed(1)})`;
    return `dense${name && ` (${name})`} ${plusMinus(level.mean, level.sd)} %, n = ${level.n}${sampling}`;
  });
  return [...told, tolerance].join("; ");
}

function methodsTable(verdict) {
  const range = verdict.area_range
    ? `mean over ${percentText(verdict.area_range[1])} to ${percentText(verdict.area_range[0])}`
    : "mean over densities";
  const names = ["method", "n", "lowest matching", "deepest level", "accuracy there",
    "minus dense (one-sided bounds)", "verdict there", range];
  const body = verdict.methods.filter((method) => method.levels.length).map((method) => {
    const level = method.levels.at(-1);
    const against = level.against_dense;
    const isDense = level.level === 0 && method.starts_dense;
    return [
      methodButton(method), String(level.n), h("strong", {}, method.lowest_in_words),
      percentText(level.density), meanText(level),
      isDense ? "–" : differenceText(against),
      isDense ? "–" : against.verdict + divergedText(level.diverged),
      method.area_mean === null ? "–" : plusMinus(method.area_mean, method.area_sd),
    ];
  });
  return table(names, body);
}

function contrastsTable(verdict) {
  const names = ["difference of", "at", "n", "difference (pp)",
    "95 % interval", "p, Holm", "p, sign flips", "wins / ties / losses", "verdict"];
  const body = verdict.contrasts.map((entry) => {
    const d = entry.difference;
    const lost = [entry.arm_diverged && `${entry.arm_diverged} ${entry.arm} diverged`,
      entry.against_diverged && `${entry.against_diverged} ${entry.against} diverged`,
      entry.arm_collapsed && `${entry.arm_collapsed} ${entry.arm} collapsed`,
      entry.against_collapsed && `${entry.against_collapsed} ${entry.against} collapsed`].filter(Boolean);
    return [
      `${entry.arm} − ${entry.against}`,
      percentText(entry.density), String(d.n),
      d.mean === null ? "–" : signedText(d.mean),
      d.lower === null ? "–" : `${signedText(d.lower)} … ${signedText(d.upper)}`,
      pText(d.p_holm), pText(d.p_flip),
      `${d.wins} / ${d.ties} / ${d.losses}`, [entry.verdict_in_words, ...lost].join(", "),
    ];
  });
  return table(names, body);
}

function pText(p) {
  if (p === null) return "–";
  return p < 0.001 ? "< 0.001" : p.toFixed(3);
}

function methodButton(method) {
  const first = CURVES.find((curve) => curve.cell === method.cell);
  const swatch = h("span", { class: "swatch", style: `background:${theme(DATA.looks[method.method])}` });
  return h("button", { type: "button", class: "link", onclick: () => select(first.id) },
    swatch, method.arm);
}

function meanText(level) {
  return level.mean === null ? "–" : plusMinus(level.mean, level.sd);
}

function plusMinus(mean, sd) {
  return mean.toFixed(1) + (sd === null ? "" : ` ± ${sd.toFixed(1)}`);
}

function differenceText(against) {
  if (against.mean === null) return "–";
  if (against.lower === null) return signedText(against.mean);
  return `${signedText(against.mean)} (${signedText(against.lower)} … ${signedText(against.upper)})`;
}

function divergedText(count) {
  return count ? `, ${count} diverged` : "";
}

function table(names, body) {
  const head = h("tr", {}, names.map((name) => h("th", { scope: "col" }, name)));
  const rows = body.map((cells) => h("tr", {}, cells.map((cell) => h("td", {}, cell))));
  return h("div", { class: "scroll" }, h("table", {}, h("thead", {}, head), h("tbody", {}, rows)));
}

// Failed, diverged, damaged and missing levels, in words.
function showProblems() {
  const found = [];
  for (const curve of CURVES) {
    curve.rows.forEach((row, level) => {
      const text = typeof row === "string" ? row : ROWS.diverged[row] ? "diverged" : "";
      if (text) found.push({ curve, level, text });
    });
  }
  const section = document.getElementById("problems");
  section.hidden = !found.length;
  if (!found.length) return;
  const items = found.slice(0, MOST_PROBLEMS).map(({ curve, level, text }) => h("li", {},
    h("button", { type: "button", class: "link", onclick: () => select(curve.id) },
      `${nameOf(curve)}, seed ${valueText(settingOf(curve, "seed"))}, level ${level}`), `: ${text}`));
  const more = found.length - items.length;
  section.replaceChildren(h("details", {},
    h("summary", {}, `Levels without a result (${found.length})`), h("ul", {}, items),
    more > 0 ? h("p", { class: "quiet" }, `and ${more} more`) : null));
}
