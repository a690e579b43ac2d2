// What a model gets: the columns that were left out and why, and how balanced the rows are.
const dropWords = {
  constant: "the same in every training window",
  all_missing: "without a value in every training window",
  not_selected: "left out by feature selection",
};

function drawColumns(dataset, width) {
  if (dataset.columnsIn === 0) return nothing("No dataset has been made yet.");
  const parts = [{ name: "kept", count: dataset.columnsKept, colour: "var(--gold)" },
    ...dataset.dropped.map((drop) => ({ name: drop.reason, count: drop.count, colour: "var(--cut)" }))].filter((part) => part.count > 0);
  const bar = chart(width, { height: 54, margin: 2, x: { axis: null, domain: [0, dataset.columnsIn] }, y: { axis: null },
    marks: [Plot.barX(parts, Plot.stackX({ x: "count", fill: "colour", insetRight: 1, rx: 3 }))] });
  const drops = dataset.dropped.filter((drop) => drop.count > 0).map((drop) => element("li", {},
    element("b", {}, format.count(drop.count)), ` dropped: ${dropWords[drop.reason] ?? format.words(drop.reason)}`,
    drop.examples.length > 0 ? element("span", { class: "code" }, drop.examples.slice(0, 6).join(", ") + (drop.count > Math.min(6, drop.examples.length) ? ", …" : "")) : null));
  return [bar, element("ul", { class: "drops" }, element("li", {}, element("b", {}, format.count(dataset.columnsKept)), " kept, standardised by the training part's mean and spread"), drops)];
}

// A pattern of stripes in each gender's colour, for rows that balancing made up.
function stripes(gender) {
  const pattern = d3.create("svg:pattern").attr("id", `stripes-${gender}`).attr("width", 6).attr("height", 6).attr("patternUnits", "userSpaceOnUse")
    .attr("patternTransform", "rotate(45)");
  pattern.append("rect").attr("width", 6).attr("height", 6).attr("fill", genderColour(gender)).attr("fill-opacity", 0.25);
  pattern.append("rect").attr("width", 2.5).attr("height", 6).attr("fill", genderColour(gender));
  return pattern.node();
}

function drawBalance(dataset, width) {
  const groups = dataset.groups.filter((group) => group.rows > 0);
  if (groups.length === 0) return nothing("No dataset has been made yet.");
  const names = present(genders, groups.map((group) => group.gender));
  const parts = present(splits, groups.map((group) => group.split));
  const totals = d3.rollups(groups, (all) => d3.sum(all, (group) => group.rows), (group) => group.split, (group) => group.gender)
    .flatMap(([split, byGender]) => byGender.map(([gender, rows]) => ({ split, gender, rows })));
  const synthetic = groups.some((group) => group.synthetic);
  return [
    legend([...names.map((gender) => [gender, genderColour(gender)]), ...(synthetic ? [["striped: made by balancing", "repeating-linear-gradient(45deg, var(--quiet) 0 2px, transparent 2px 5px)"]] : [])]),
    chart(width, {
      height: 230, marginLeft: 50, marginRight: 10, marginTop: 22, marginBottom: 42,
      fx: { domain: parts, label: null, padding: 0.12 }, x: { domain: names, axis: null, padding: 0.15 },
      y: { label: "rows", grid: true, tickFormat: format.count, ticks: 5 },
      marks: [
        () => { const definitions = d3.create("svg:defs"); for (const gender of names) definitions.append(() => stripes(gender)); return definitions.node(); },
        Plot.barY(d3.sort(groups, (group) => group.synthetic), Plot.stackY({ fx: "split", x: "gender", y: "rows", rx: 2,
          fill: (group) => (group.synthetic ? `url(#stripes-${group.gender})` : genderColour(group.gender)) })),
        Plot.text(totals, { fx: "split", x: "gender", y: "rows", dy: -8, fill: "var(--quiet)", text: (group) => format.count(group.rows) }),
        Plot.ruleY([0], { stroke: "var(--quiet)" }),
      ],
    }),
  ];
}

function datasetSection({ dataset }) {
  const imputed = dataset.imputedColumns ? ` Where a kept feature had no value, which happened in ${format.counted(dataset.imputedColumns, "column")}, it got the training part's median.` : "";
  const body = element("div", { class: "grid" },
    figure({ name: "columns", span: 6, title: `${format.count(dataset.columnsKept)} of ${format.counted(dataset.columnsIn, "feature")}`,
      caption: `The whole bar is all features; gold ones are in the table.${imputed} Every figure used here was fitted on the training part alone and is kept beside the table.`,
      draw: (width) => drawColumns(dataset, width) }),
    figure({ name: "balance", span: 6, title: "Rows by part and gender",
      caption: "Bars of equal height in train mean that a model sees both genders equally often. Validation and test are never balanced: they stay as the world is.",
      draw: (width) => drawBalance(dataset, width) }));
  return { id: "dataset", name: "What a model gets", layer: "gold", colour: "var(--gold)", title: "What a model gets",
    lead: "The features without those that say nothing, gaps filled, on one scale, the training part balanced where that was asked for.", body };
}
