// What came in: archives, formats, and the labels as they were written.
const stateColour = { copied: "var(--bronze)", gone: "var(--cut)", failed: "var(--refused)" };

function drawStates(archives, width) {
  const states = archives.byState.filter((state) => state.count > 0);
  if (states.length === 0) return nothing("No archive has been copied yet.");
  return [
    legend(states.map((state) => [`${format.count(state.count)} ${state.name}`, stateColour[state.name] ?? "var(--unknown)"])),
    chart(width, {
      height: 46, margin: 2, x: { axis: null }, y: { axis: null },
      marks: [Plot.barX(states, Plot.stackX({ x: "count", fill: (state) => stateColour[state.name] ?? "var(--unknown)", insetRight: 1, rx: 3 }))],
    }),
  ];
}

// Bars between edges, given as a histogram of one or more series, each with its colour.
function histogramBars(histogram) {
  return histogram.series.flatMap((series) => series.counts.map((count, bin) =>
    ({ series: series.name, from: histogram.edges[bin], to: histogram.edges[bin + 1], count })));
}

function drawSizes(archives, width) {
  const bars = histogramBars(archives.bytesEach);
  if (d3.sum(bars, (bar) => bar.count) === 0) return nothing("There are no archives to measure.");
  return chart(width, {
    height: 210, marginLeft: 44, marginRight: 16,
    x: { ...axisLabel("size of an archive"), tickFormat: format.bytes, ticks: Math.max(3, Math.floor(width / 110)) },
    y: { label: "archives", grid: true, tickFormat: format.count, ticks: 4 },
    marks: [
      Plot.rectY(bars, { x1: "from", x2: "to", y: "count", fill: "var(--bronze)", insetLeft: 0.5, insetRight: 0.5,
        tip: true, title: (bar) => `${format.count(bar.count)} archives of ${format.bytes(bar.from)} to ${format.bytes(bar.to)}` }),
      Plot.ruleY([0], { stroke: "var(--quiet)" }),
    ],
  });
}

// A bar for each name, the number at its end. What is beyond `limit` is summed up.
function countBars(items, width, colour, { limit = 10, marginLeft = 120, code = false } = {}) {
  const sorted = d3.sort(items, (item) => -item.count);
  const shown = sorted.length <= limit + 1 ? sorted : sorted.slice(0, limit);
  const rest = sorted.slice(shown.length);
  if (rest.length > 0) shown.push({ name: `${rest.length} more`, count: d3.sum(rest, (item) => item.count), colour: "var(--cut)" });
  return chart(width, {
    height: 26 * shown.length + 8, marginLeft, marginRight: 58, marginTop: 2, marginBottom: 2,
    x: { axis: null }, y: { label: null, domain: shown.map((item) => item.name), tickSize: 0, padding: 0.28 },
    marks: [
      Plot.barX(shown, { x: "count", y: "name", fill: (item) => item.colour ?? colour, rx: 3 }),
      Plot.text(shown, { x: "count", y: "name", text: (item) => format.count(item.count), dx: 6, textAnchor: "start", fill: "var(--quiet)" }),
      Plot.axisY({ tickSize: 0, label: null, marginLeft, fontFamily: code ? "var(--mono)" : undefined,
        tickFormat: (name) => (name.length > marginLeft / 6.6 ? `${name.slice(0, Math.floor(marginLeft / 6.6) - 1)}…` : name) }),
    ],
  });
}

function drawSources(clips, width) {
  if (clips.sources.length === 0) return nothing("No clip has been decoded yet.");
  const items = clips.sources.map((source) => ({ count: source.clips,
    colour: source.rate === clips.rate && source.channels === 1 ? "var(--bronze)" : "var(--accent)",
    name: `${source.format}, ${format.rate(source.rate)}, ${format.channels(source.channels)}` }));
  return [legend([[`${format.rate(clips.rate)} mono already`, "var(--bronze)"], ["resampled or mixed down", "var(--accent)"]]),
    countBars(items, width, "var(--bronze)", { marginLeft: 162 })];
}

function drawSpellings(clips, width) {
  if (clips.spellings.length === 0) return nothing("No README has been read yet.");
  const merged = d3.rollups(clips.spellings, (group) => d3.sum(group, (each) => each.clips), (each) => each.raw ?? "(nothing said)", (each) => each.gender)
    .flatMap(([name, byGender]) => byGender.map(([gender, count]) => ({ name, gender, count })));
  const order = d3.sort(d3.rollups(merged, (group) => d3.sum(group, (each) => each.count), (each) => each.name), (each) => -each[1]).map((each) => each[0]);
  const shown = new Set(order.slice(0, 14));
  const bars = merged.filter((each) => shown.has(each.name));
  const notes = order.length > 14 ? element("p", { class: "note" }, `and ${order.length - 14} rarer spellings`) : null;
  return [
    genderLegend(bars.map((bar) => bar.gender)),
    chart(width, {
      height: 26 * shown.size + 8, marginLeft: 124, marginRight: 58, marginTop: 2, marginBottom: 2,
      x: { axis: null }, y: { label: null, domain: order.slice(0, 14), tickSize: 0, padding: 0.28 },
      color: genderScale,
      marks: [
        Plot.barX(bars, { x: "count", y: "name", fill: "gender", rx: 3 }),
        Plot.text(bars, Plot.groupY({ x: "sum", text: "sum" }, { x: "count", y: "name", text: "count", dx: 6, textAnchor: "start", fill: "var(--quiet)" })),
        Plot.axisY({ tickSize: 0, label: null, fontFamily: "var(--mono)", tickFormat: (name) => (name.length > 17 ? `${name.slice(0, 16)}…` : name) }),
      ],
    }), notes];
}

function drawLabels(items, width) {
  if (items.length === 0) return nothing("Nothing was said.");
  return countBars(items, width, "var(--bronze)", { limit: 7, marginLeft: 96 });
}

function bronzeSection({ archives, clips }) {
  const left = [
    figure({ name: "archives", title: `${format.counted(d3.sum(archives.byState, (state) => state.count), "archive")}, ${format.bytes(archives.bytes)}`,
      caption: "Copied archives are in bronze byte for byte as they were published. Gone ones are no longer on the page, but the lake keeps its copy. " +
        "Failed ones could not be copied; the next run tries again.",
      draw: (width) => drawStates(archives, width) }),
    figure({ name: "sizes", title: "How big they are",
      caption: "Each bar counts archives of about that size. The last bar also counts any that are bigger.",
      draw: (width) => drawSizes(archives, width) }),
    figure({ name: "sources", title: "What the recordings were",
      caption: `Clips by file format, sampling rate and channels. Whatever came in, the lake holds mono at ${format.rate(clips.rate)}.`,
      draw: (width) => drawSources(clips, width) }),
  ];
  const right = [
    figure({ name: "spellings", title: "How the gender was written, and what it was taken for",
      caption: "Each bar is one spelling out of the READMEs, letter for letter; its colour is how Voxlake reads it. The original spelling stays in the table.",
      draw: (width) => drawSpellings(clips, width) }),
    figure({ name: "languages", title: "Languages", caption: "Clips by the language that the README gives.",
      draw: (width) => drawLabels(clips.languages, width) }),
    figure({ name: "ages", title: "Ages", caption: "Clips by the age range that the README gives.",
      draw: (width) => drawLabels(clips.ageRanges, width) }),
  ];
  const body = element("div", { class: "grid" }, element("div", { class: "stack span-6" }, left), element("div", { class: "stack span-6" }, right));
  return { id: "bronze", name: "What came in", layer: "bronze", colour: "var(--bronze)", title: "What came in",
    lead: "Archives as they were published, with all their disorder: many formats, many ways to write the same label.", body };
}
