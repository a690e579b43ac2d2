// The flow: every stage with what it made, how long it took and what it refused.
const stageFacts = {
  discover: { layer: "manifest", colour: "var(--plain)", does: "reads the index" },
  copy: { layer: "bronze", colour: "var(--bronze)", does: "brings archives" },
  decode: { layer: "silver", colour: "var(--silver)", does: "decodes, trims, labels" },
  split: { layer: "silver", colour: "var(--silver)", does: "deals out speakers" },
  features: { layer: "gold", colour: "var(--gold)", does: "measures windows" },
  dataset: { layer: "gold", colour: "var(--gold)", does: "makes it ML-ready" },
  publish: { layer: "warehouse", colour: "var(--plain)", does: "opens it to SQL" },
};
const stageEdges = [["discover", "copy"], ["copy", "decode"], ["decode", "features"], ["decode", "split"], ["features", "dataset"],
  ["split", "dataset"], ["dataset", "publish"]];
// Column and lane of each stage where there is room for a drawing: lane 0 is the middle, -1 above, 1 below.
const stagePlaces = { discover: [0, 0], copy: [1, 0], decode: [2, 0], features: [3, -1], split: [3, 1], dataset: [4, 0], publish: [5, 0] };

function stageTime(stage) {
  return stage.ran ? `in ${format.duration(stage.wallSeconds)}` : "nothing new to do";
}

function drawStage(group, stage, box) {
  const { layer, colour } = stageFacts[stage.name];
  group.append("rect").attr("width", box.width).attr("height", box.height).attr("rx", 10).attr("fill", "var(--card)").attr("stroke", "var(--line)");
  group.append("path").attr("fill", colour)
    .attr("d", `M1.34,5A10,10,0,0,1,10,0H${box.width - 10}A10,10,0,0,1,${box.width - 1.34},5Z`);
  const text = (y, size, weight, fill, content) => group.append("text").attr("x", 12).attr("y", y).attr("font-size", size)
    .attr("font-weight", weight).attr("fill", fill).text(content);
  text(25, 13, 650, "var(--ink)", stage.name);
  group.append("text").attr("x", box.width - 12).attr("y", 25).attr("text-anchor", "end").attr("font-size", 11).attr("fill", colour).text(layer);
  const count = text(56, 25, 680, "var(--ink)", format.count(stage.out)).attr("letter-spacing", "-0.02em");
  count.append("tspan").attr("font-size", 12.5).attr("font-weight", 400).attr("fill", "var(--quiet)").attr("letter-spacing", 0).attr("dx", 5).text(stage.unit);
  text(77, 12, 400, "var(--quiet)", stageTime(stage));
  if (stage.refused > 0) text(95, 12, 600, "var(--refused)", `${format.count(stage.refused)} refused`);
  else text(95, 12, 400, "var(--quiet)", "nothing refused");
  group.append("title").text(`${stage.name} ${stageFacts[stage.name].does}. ${stage.note}`);
}

// Where each stage's box is: a graph on a wide page, a list on a narrow one.
function placeStages(stages, width) {
  const height = 108;
  const columns = 6;
  const gap = 26;
  const boxWidth = (width - gap * (columns - 1)) / columns;
  if (boxWidth < 142) {
    return { height: stages.length * (height + 22) - 22, wide: false,
      boxes: new Map(stages.map((stage, index) => [stage.name, { x: 0, y: index * (height + 22), width, height }])) };
  }
  const lane = 64;
  const boxes = new Map(stages.map((stage) => {
    const [column, row] = stagePlaces[stage.name];
    return [stage.name, { x: column * (boxWidth + gap), y: lane + row * lane, width: boxWidth, height }];
  }));
  return { height: height + 2 * lane, wide: true, boxes };
}

function drawFlow(stages, width) {
  const { height, wide, boxes } = placeStages(stages, width);
  const svg = d3.create("svg").attr("width", width).attr("height", height).attr("viewBox", [0, 0, width, height]).attr("role", "img")
    .attr("aria-label", stages.map((stage) => `${stage.name}: ${format.count(stage.out)} ${stage.unit}`).join(", "));
  const edges = wide ? stageEdges : d3.pairs(stages.map((stage) => stage.name));
  for (const [from, to] of edges) {
    const [a, b] = [boxes.get(from), boxes.get(to)];
    if (!a || !b) continue;
    const begin = wide ? [a.x + a.width, a.y + a.height / 2] : [width / 2, a.y + a.height];
    const end = wide ? [b.x - 6, b.y + b.height / 2] : [width / 2, b.y - 6];
    const link = wide ? d3.linkHorizontal() : d3.linkVertical();
    svg.append("path").attr("d", link({ source: begin, target: end })).attr("fill", "none").attr("stroke", "var(--accent)").attr("stroke-width", 2);
    svg.append("path").attr("d", "M0,0L-7,-4.5V4.5Z").attr("fill", "var(--accent)")
      .attr("transform", `translate(${wide ? end[0] + 5 : end[0]},${wide ? end[1] : end[1] + 5}) rotate(${wide ? 0 : 90})`);
  }
  for (const stage of stages) {
    const box = boxes.get(stage.name);
    drawStage(svg.append("g").attr("transform", `translate(${box.x},${box.y})`), stage, box);
  }
  return svg.node();
}

function drawTimes(stages, width) {
  const ran = stages.filter((stage) => stage.ran && (stage.workSeconds > 0 || stage.wallSeconds > 0));
  if (ran.length === 0) return nothing("Everything had been done already: this run had no work.");
  return [
    legend([["seconds of work, all threads together", "var(--accent)"], ["from its first to its last piece of work", "var(--ink)", true]]),
    chart(width, {
      height: 34 * ran.length + 50, marginLeft: 70, marginRight: 150, marginTop: 4,
      x: { ...axisLabel("seconds"), grid: true, nice: true, tickSize: 0, ticks: Math.max(3, Math.floor(width / 110)) },
      y: { label: null, domain: ran.map((stage) => stage.name), tickSize: 0, padding: 0.35 },
      marks: [
        Plot.barX(ran, { x: "workSeconds", y: "name", fill: "var(--accent)", rx: 3 }),
        Plot.tickX(ran, { x: "wallSeconds", y: "name", stroke: "var(--ink)", strokeWidth: 2.5 }),
        Plot.text(ran, { x: (stage) => Math.max(stage.workSeconds, stage.wallSeconds), y: "name", dx: 8, textAnchor: "start", fill: "var(--quiet)",
          text: (stage) => (stage.workSeconds > 0 ? `${format.duration(stage.workSeconds)} of work in ${format.duration(stage.wallSeconds)}` : `waiting, ${format.duration(stage.wallSeconds)}`) }),
        Plot.ruleX([0], { stroke: "var(--line)" }),
      ],
    }),
  ];
}

function flowSection({ stages, run }) {
  const known = stages.filter((stage) => stage.name in stageFacts);
  const body = element("div", { class: "grid" },
    figure({
      name: "flow", title: "From the web page to the training table",
      caption: "Each box is a stage, and its big number is what the lake now holds of what that stage makes. The time runs from its first piece of work to its last: " +
        "decoding and measuring go on while archives are still coming in, so the times overlap and don't add up to the total.",
      draw: (width) => drawFlow(known, width),
    }),
    figure({
      name: "times", title: "Where the time went",
      caption: `The bar is the work of all threads together (there ${run.threads === 1 ? "was 1" : `were ${format.count(run.threads)}`}); the tick is how long the stage was under way. ` +
        "A bar that ends well to the left of its tick belongs to a stage that mostly waited, for the network or for the stage before it.",
      draw: (width) => drawTimes(known, width),
    }));
  return { id: "flow", name: "The flow", layer: "the whole run", colour: "var(--accent)", title: "What happened",
    lead: "The run in one picture, and what it spent its time on.", body };
}
