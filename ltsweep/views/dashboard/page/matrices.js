// Sources against targets: what the tickets of each source reach on each target, minus dense.

const MOST_OPEN_MATRICES = 4;
const LEAST_RANGE = 1;  // points that have the full colour, where all differences are small

function buildMatrices() {
  const section = document.getElementById("matrices");
  section.hidden = !DATA.matrices.length;
  if (section.hidden) return;
  const means = DATA.matrices.flatMap((matrix) => matrix.entries.map((entry) => Math.abs(entry.mean ?? 0)));
  const range = Math.max(LEAST_RANGE, ...means);
  const blocks = DATA.matrices.map((matrix, number) =>
    h("details", { class: "matrix", open: number < MOST_OPEN_MATRICES },
      h("summary", {}, matrix.title), matrixTable(matrix, range)));
  section.replaceChildren(h("h2", {}, "Sources and targets"),
    h("p", { class: "quiet" }, DATA.about_matrices), ...blocks, ...sharesTable());
}

function sharesTable() {
  const [names, ...body] = DATA.shares;
  if (!names) return [];
  return [h("h3", {}, "Wins and losses"), h("p", { class: "quiet" }, DATA.about_shares), table(names, body)];
}

function matrixTable(matrix, range) {
  const at = new Map(matrix.entries.map((entry) => [JSON.stringify([entry.source, entry.target]), entry]));
  const head = h("tr", {}, ["source", ...matrix.targets].map((name) => h("th", { scope: "col" }, name)));
  const rows = matrix.sources.map((source) => h("tr", {}, h("td", {}, source),
    matrix.targets.map((target) => entryCell(at.get(JSON.stringify([source, target])), range))));
  return h("div", { class: "scroll" }, h("table", {}, h("thead", {}, head), h("tbody", {}, rows)));
}

function entryCell(entry, range) {
  if (!entry || entry.mean === null) return h("td", {}, "–");
  const interval = entry.lower === null
    ? null : h("small", {}, `[${signedText(entry.lower)}, ${signedText(entry.upper)}]`);
  const verdict = entry.verdict.startsWith("n <") ? "" : `, ${entry.verdict}`;
  const share = Math.round(45 * Math.abs(entry.mean) / range);
  return h("td", { style: `--hue: ${entry.mean < 0 ? "#D55E00" : "#0072B2"}; --share: ${share}%` },
    signedText(entry.mean), interval,
    h("small", {}, `n = ${entry.n}${verdict}${divergedText(entry.diverged)}${entry.is_kin ? ", kin" : ""}`));
}
