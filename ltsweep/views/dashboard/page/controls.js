// The side panel: what is drawn, how it is coloured, and one filter per setting that varies.

function choice(label, name, options) {
  const select = h("select", { onchange: (event) => change({ [name]: event.target.value }) },
    options.map(([value, text]) => h("option", { value, selected: state[name] === value }, text)));
  return h("label", { class: "choice" }, h("span", {}, label), select);
}

function buildView() {
  const colors = CHOICES.color.map((name) => [name, words(name)]);
  document.getElementById("view").replaceChildren(
    choice("Metric", "y", CHOICES.y.map((name) => [name, METRICS[name].title])),
    h("p", { id: "about-metric", class: "quiet" }, METRICS[state.y].about),
    choice("Colour by", "color", colors),
    choice("Lines", "show", [["mean", "mean over seeds"], ["curves", "every curve"]]),
    choice("Vertical range", "zoom", [["all", "everything"], ["dense", "near dense"]]),
  );
}

function buildFilters() {
  const boxes = FILTERS.map((key) => {
    const chips = key.values.map((value, code) => h("button", {
      type: "button", class: "chip", "data-code": code,
      onclick: () => {
        toggleFilter(key.name, code);
        update();
      },
    }, valueText(value), h("small", {})));
    const clear = h("button", {
      type: "button", class: "clear", "aria-label": `show all of ${words(key.name)}`,
      onclick: () => {
        state.filters.delete(key.name);
        update();
      },
    }, "all");
    const title = h("legend", { title: echoesOf(key.name) }, words(key.name), " ", clear);
    return h("fieldset", { "data-key": key.name }, title, h("div", { class: "chips" }, chips));
  });
  const wide = KEYS.filter((key) => !key.filters && !key.echoes).map((key) => words(key.name));
  const unlisted = wide.length
    ? [h("p", { class: "quiet" }, `Too many values to list: ${wide.join(", ")}.`)] : [];
  const nothing = FILTERS.length ? [] : [h("p", { class: "quiet" }, "No setting varies here.")];
  document.getElementById("filters").replaceChildren(...boxes, ...unlisted, ...nothing);
}

function echoesOf(name) {
  const echoes = KEYS.filter((key) => key.echoes === name).map((key) => key.name);
  return echoes.length ? `varies together with ${echoes.join(", ")}` : "";
}

function showFilters() {
  for (const box of document.querySelectorAll("#filters fieldset")) {
    const key = KEY.get(box.dataset.key);
    const chosen = state.filters.get(key.name);
    const counts = countsOf(key, state.filters);
    box.classList.toggle("active", Boolean(chosen));
    for (const chip of box.querySelectorAll(".chip")) {
      const code = Number(chip.dataset.code);
      chip.setAttribute("aria-pressed", String(Boolean(chosen?.has(code))));
      chip.classList.toggle("void", counts[code] === 0);
      chip.lastChild.textContent = ` ${counts[code]}`;
    }
  }
}

function showSummary(curves) {
  const cells = new Set(curves.map((curve) => curve.cell)).size;
  const rows = new Set(curves.flatMap((curve) => curve.rows.filter((r) => typeof r === "number")));
  const of = curves.length < CURVES.length ? ` of ${CURVES.length}` : "";
  document.getElementById("summary").textContent =
    `${curves.length}${of} curves · ${cells} cells · ${rows.size} trained networks`;
}
