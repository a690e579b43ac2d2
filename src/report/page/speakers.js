// Who speaks: the speakers, and the parts that they were dealt to.
function drawParts(speakers, width) {
  const groups = speakers.groups.filter((group) => group.clips > 0);
  if (groups.length === 0) return nothing("No speaker has been dealt to a part yet.");
  const byGender = d3.rollup(groups, (all) => d3.sum(all, (group) => group.clips), (group) => group.gender);
  const order = present(genders, groups.map((group) => group.gender));
  const parts = present(splits, groups.map((group) => group.split));
  const fillOpacity = (split) => ({ train: 1, validation: 0.62, test: 0.34 })[split] ?? 0.5;
  const quota = new Map(speakers.quotas.map((each) => [each.split, each.share]));
  const borders = d3.cumsum(splits.map((split) => quota.get(split) ?? 0)).slice(0, -1);
  const bars = order.flatMap((gender) => parts.map((split) => {
    const group = groups.find((each) => each.gender === gender && each.split === split);
    return { gender, split, share: group ? group.clips / byGender.get(gender) : 0, clips: group?.clips ?? 0, speakers: group?.speakers ?? 0 };
  }));
  const ends = order.flatMap((gender) => {
    let from = 0;
    return bars.filter((bar) => bar.gender === gender).map((bar) => ({ ...bar, from, to: (from += bar.share) }));
  });
  return [
    legend([["dashes: the shares asked for", "var(--ink)", true]]),
    chart(width, {
      height: Math.max(64 * order.length, 200) + 50, marginLeft: 70, marginRight: 16, marginTop: 8,
      x: { ...axisLabel("share of the gender's clips"), percent: true, domain: [0, 100], tickFormat: (value) => `${value} %`, ticks: 5 },
      y: { label: null, domain: order, tickSize: 0, padding: 0.22 },
      color: genderScale,
      marks: [
        Plot.barX(ends, { x1: "from", x2: "to", y: "gender", fill: "gender", fillOpacity: (bar) => fillOpacity(bar.split), insetRight: 1.5, rx: 3 }),
        Plot.ruleX(borders, { stroke: "var(--ink)", strokeDasharray: "4 3", strokeWidth: 1.4 }),
        Plot.text(ends.filter((bar) => bar.share * width > 118), { x: (bar) => (bar.from + bar.to) / 2, y: "gender", dy: -8, fontWeight: 600, text: "split",
          fill: (bar) => (bar.split === "train" ? "var(--card)" : "var(--ink)") }),
        Plot.text(ends.filter((bar) => bar.share * width > 118), { x: (bar) => (bar.from + bar.to) / 2, y: "gender", dy: 8,
          text: (bar) => `${format.count(bar.clips)} · ${format.percent(bar.share, 1)}`, fill: (bar) => (bar.split === "train" ? "var(--card)" : "var(--ink)") }),
      ],
    }),
  ];
}

function drawSpeakerDots(speakers, width) {
  const dots = speakers.dots;
  if (dots.length === 0) return nothing("There is no speaker yet.");
  const parts = present(splits, dots.map((dot) => dot.split));
  const longest = d3.max(dots, (dot) => dot.seconds);
  const inMinutes = longest > 300;
  const amount = (dot) => Math.max(inMinutes ? dot.seconds / 60 : dot.seconds, 0.01);
  const few = dots.length <= 500;
  const scale = { ...axisLabel(`${inMinutes ? "minutes" : "seconds"} of speech by one speaker`), tickFormat: format.count, ticks: Math.max(3, Math.floor(width / 90)),
    type: d3.max(dots, amount) > 12 * d3.median(dots, amount) ? "log" : "linear" };
  const radius = dots.length > 150 || width < 420 ? 3.2 : 5;
  const row = few ? Math.min(150, Math.max(60, 2.3 * radius * tallestPile(dots, amount, (width - 98) / (2 * radius)) + 12)) : 84;
  const shared = { height: row * parts.length + 50, marginLeft: 78, marginRight: 20, marginTop: 8, x: { ...scale, inset: few ? 9 : 0 }, color: genderScale,
    fy: { domain: parts, label: null, axis: "left", tickSize: 0 } };
  const title = (dot) => `${dot.speaker}\n${dot.gender}, ${dot.split}\n${format.counted(dot.clips, "clip")}, ${format.duration(dot.seconds)}`;
  return [
    genderLegend(dots.map((dot) => dot.gender)),
    chart(width, few
      ? { ...shared, y: { axis: null }, marks: [Plot.frame({ stroke: "var(--grid)", rx: 6 }),
        Plot.dot(dots, Plot.dodgeY("middle", { x: amount, fy: "split", r: radius, fill: "gender", fillOpacity: 0.88, title, tip: true }))] }
      : { ...shared, x: { ...scale, type: "log" }, y: { axis: "right", label: null, grid: true, ticks: 3 }, marginRight: 44, marks: [
        Plot.rectY(dots, Plot.stackY(Plot.binX({ y: "count" }, { x: { value: amount, thresholds: logSteps(d3.min(dots, amount), d3.max(dots, amount)) }, fy: "split",
          fill: "gender", insetLeft: 0.5 }))),
        Plot.ruleY([0], { stroke: "var(--quiet)" })] }),
  ];
}

// How many dots must share a place, at worst, where a row has room for `places` side by side.
function tallestPile(dots, amount, places) {
  const most = d3.max(dots, amount);
  return d3.max(d3.rollups(dots, (pile) => pile.length, (dot) => `${dot.split} ${Math.round((amount(dot) / most) * places)}`), (pile) => pile[1]) ?? 1;
}

// Edges of bins that are each a quarter wider than the one before.
function logSteps(least, most) {
  const steps = [least * 0.999];
  while (steps[steps.length - 1] <= most) steps.push(steps[steps.length - 1] * 1.25);
  return steps;
}

function speakersSection({ speakers }) {
  const all = d3.sum(speakers.groups, (group) => group.speakers);
  const body = element("div", { class: "grid" },
    figure({ name: "parts", span: 6, title: "Each gender's clips, dealt to three parts",
      caption: "A row is a gender, cut into train, validation (paler) and test (palest). Whole speakers are dealt, never single clips, so the cuts can miss the dashes a little where speakers are few.",
      draw: (width) => drawParts(speakers, width) }),
    figure({ name: "speakers", span: 6, title: format.counted(all, "speaker"),
      caption: `${speakers.dots.length > 500 ? "How many speakers gave how much speech" : "Speakers by how much speech they gave"}, a row for each part. No speaker is in two rows: a model is tested on voices that it has never heard.` +
        (speakers.dots.length < all ? ` The ${format.count(speakers.dots.length)} with the most clips are shown.` : ""),
      draw: (width) => drawSpeakerDots(speakers, width) }));
  return { id: "speakers", name: "Who speaks", layer: "silver", colour: "var(--silver)", title: "Who speaks",
    lead: "Every archive of one user counts as one speaker; an anonymous archive is a speaker of its own. A speaker keeps its part for good, however many archives come later.", body };
}
