// What was measured: how main features are spread, by gender.
function spreadPoints(feature, spread) {
  const total = d3.sum(spread.counts) || 1;
  return spread.counts.map((count, bin) => ({ gender: spread.gender, from: feature.edges[bin], to: feature.edges[bin + 1], share: count / total }));
}

// The corners of a histogram's outline, so that it can be filled as one shape.
function outline(feature, spread) {
  return spreadPoints(feature, spread).flatMap((bar) => [{ gender: bar.gender, x: bar.from, y: bar.share }, { gender: bar.gender, x: bar.to, y: bar.share }]);
}

function drawFeature(feature, width) {
  const spreads = feature.spreads.filter((spread) => d3.sum(spread.counts) > 0);
  if (spreads.length === 0 || feature.edges.length < 2) return nothing("It has no value in any window.");
  const corners = spreads.flatMap((spread) => outline(feature, spread));
  const medians = spreads.filter((spread) => spread.median !== null);
  return chart(width, {
    height: 168, marginLeft: 8, marginRight: 8, marginTop: 12,
    x: { ...axisLabel(feature.unit || null), ticks: Math.max(3, Math.floor(width / 70)), tickFormat: format.value },
    y: { axis: null }, color: genderScale,
    marks: [
      Plot.areaY(corners, { x: "x", y1: 0, y2: "y", fill: "gender", fillOpacity: 0.22, z: "gender" }),
      Plot.lineY(corners, { x: "x", y: "y", stroke: "gender", strokeWidth: 1.6, z: "gender", clip: true }),
      Plot.ruleX(medians, { x: "median", stroke: "gender", strokeWidth: 1.6, strokeDasharray: "4 3" }),
      Plot.ruleY([0], { stroke: "var(--quiet)" }),
    ],
  });
}

function separationWords(separation) {
  if (separation === null) return "";
  const apart = Math.max(separation, 1 - separation);
  if (apart < 0.6) return " It hardly differs between the genders.";
  return ` Of a female and a male window drawn at random, ${separation >= 0.5 ? "the female" : "the male"} one is higher ${apart > 0.995 ? "in practically every case" : `in ${format.percent(apart)} of the cases`}.`;
}

function medianWords(feature) {
  const medians = feature.spreads.filter((spread) => spread.median !== null)
    .map((spread) => `${spread.gender} ${format.value(spread.median)}${feature.unit ? ` ${feature.unit}` : ""}`);
  return medians.length > 0 ? ` Median: ${medians.join(", ")}.` : "";
}

function measuresSection({ measures }) {
  const shown = measures.features;
  const body = element("div", { class: "grid" },
    shown.map((feature) => figure({ name: `feature-${feature.column}`, span: 4, title: feature.title,
      caption: `${feature.meaning}${medianWords(feature)}${separationWords(feature.separation)}`,
      draw: (width) => drawFeature(feature, width) })),
    shown.length === 0 ? element("div", { class: "card" }, nothing("No window has been measured yet.")) : null);
  const total = d3.sum(measures.windowsByGender, (each) => each.clips);
  const drawnFrom = measures.sampledWindows < total ? ` The curves are drawn from ${format.count(measures.sampledWindows)} of them, chosen evenly.` : "";
  const lead = element("span", {},
    total > 0 ? `${format.counted(total, "window")}, ${format.counted(measures.columns, "feature")} each (the set “${measures.set}”). ` +
      `Here are some that people know by name. Each curve shows how one gender's windows are spread: high where values are common, dashed at the median; both curves cover the same area. The outermost values, half a per cent at either end, are left out of the picture.${drawnFrom}`
      : "Each clip is cut into windows, and each window described by numbers.",
    total > 0 ? genderLegend(shown.flatMap((feature) => feature.spreads.map((spread) => spread.gender))) : "");
  return { id: "gold", name: "What was measured", layer: "gold", colour: "var(--gold)", title: "What was measured", lead, body };
}
