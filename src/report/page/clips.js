// What was heard: how long the clips are, what the trim took away, and a few of them whole.
function drawDurations(clips, width) {
  const bars = histogramBars(clips.secondsEach);
  if (d3.sum(bars, (bar) => bar.count) === 0) return nothing("There is no clip yet.");
  return [
    genderLegend(bars.filter((bar) => bar.count > 0).map((bar) => bar.series)),
    chart(width, {
      height: 288, marginLeft: 44, marginRight: 16,
      x: axisLabel("seconds of speech in a clip"), y: { label: "clips", grid: true, tickFormat: format.count, ticks: 5 }, color: genderScale,
      marks: [
        Plot.rectY(bars, Plot.stackY({ x1: "from", x2: "to", y: "count", fill: "series", order: genders, insetLeft: 0.5, insetRight: 0.5 })),
        Plot.ruleY([0], { stroke: "var(--quiet)" }),
      ],
    }),
  ];
}

function drawTrim(clips, width) {
  const kept = Math.max(0, clips.secondsBefore - clips.secondsCutAtStart - clips.secondsCutAtEnd);
  if (!(clips.secondsBefore > 0)) return nothing("There is no clip yet.");
  const parts = [
    { name: "silence before", seconds: clips.secondsCutAtStart, colour: "var(--cut)" },
    { name: "kept", seconds: kept, colour: "var(--silver)" },
    { name: "silence after", seconds: clips.secondsCutAtEnd, colour: "var(--cut)" },
  ];
  return [
    legend(parts.map((part) => [`${part.name}: ${format.duration(part.seconds)} (${format.percent(part.seconds / clips.secondsBefore)})`, part.colour])),
    chart(width, { height: 50, margin: 2, x: { axis: null }, y: { axis: null },
      marks: [Plot.barX(parts, Plot.stackX({ x: "seconds", fill: "colour", insetRight: 1, rx: 3 }))] }),
  ];
}

function drawGenders(clips, width) {
  if (clips.genders.length === 0) return nothing("There is no clip yet.");
  const items = present(genders, clips.genders.map((each) => each.gender)).map((gender) => clips.genders.find((each) => each.gender === gender));
  return chart(width, {
    height: 34 * items.length + 8, marginLeft: 70, marginRight: 140, marginTop: 2, marginBottom: 2,
    x: { axis: null }, y: { label: null, domain: items.map((each) => each.gender), tickSize: 0, padding: 0.3 }, color: genderScale,
    marks: [
      Plot.barX(items, { x: "clips", y: "gender", fill: "gender", rx: 3 }),
      Plot.text(items, { x: "clips", y: "gender", dx: 6, textAnchor: "start", fill: "var(--quiet)",
        text: (each) => `${format.counted(each.clips, "clip")}, ${format.duration(each.seconds)}` }),
    ],
  });
}

const playShape = "M5 3.5v13l11-6.5z";
const stopShape = "M5 5h10v10H5z";

function playButton(clip) {
  if (!clip.sound) return null;
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  picture.setAttribute("viewBox", "0 0 20 20");
  picture.append(shape);
  let player = null;
  const button = element("button", { class: "play", type: "button", "aria-label": `Play ${clip.utteranceId}`, onclick: () => {
    if (player) { player.stop(); return; }
    shape.setAttribute("d", stopShape);
    player = play(samplesOf(bytesOf(clip.sound)), clip.soundRate, (seconds) => {
      clip.showProgress?.(seconds);
      if (seconds === null) { player = null; shape.setAttribute("d", playShape); }
    });
  } }, picture);
  shape.setAttribute("d", playShape);
  return button;
}

function clipHead(clip) {
  const said = clip.genderRaw !== null && clip.genderRaw !== clip.gender ? ` (written “${clip.genderRaw}”)` : "";
  const changed = clip.sourceRate !== clip.rate || clip.sourceChannels !== 1;
  const chips = [
    [`${clip.gender}${said}`, `--chip:${genderColour(clip.gender)}`],
    clip.split ? [clip.split] : null, clip.ageRange ? [clip.ageRange] : null, clip.language ? [clip.language] : null, clip.dialect ? [clip.dialect] : null,
    [`${clip.sourceFormat}, ${format.rate(clip.sourceRate)}, ${format.channels(clip.sourceChannels)}${changed ? ` → ${format.rate(clip.rate)}, mono` : ""}`,
      changed ? "--chip:var(--accent)" : null],
  ].filter(Boolean);
  return element("div", { class: "clip-head" },
    element("div", {},
      element("h3", {}, clip.utteranceId),
      element("p", { class: "prompt" }, clip.prompt ? `“${clip.prompt}”` : "(no prompt was given)"),
      element("ul", { class: "chips" }, chips.map(([text, style]) => element("li", { class: style ? "strong" : null, style }, text)))),
    playButton(clip));
}

function clipsSection({ clips, examples }) {
  const body = element("div", { class: "grid" },
    figure({ name: "durations", span: 7, title: "How long the clips are",
      caption: "Clips by seconds of speech, after the silence at both ends was cut off. The colours are stacked: the whole bar counts all clips of that length. The last bar also counts any that are longer.",
      draw: (width) => drawDurations(clips, width) }),
    element("div", { class: "stack span-5" },
      figure({ name: "trim", title: "What the trim took away",
        caption: "All recordings end to end. Whatever is more than 20 dB under a clip's loudest moment at its start and end is cut." +
          (clips.silentClips > 0 ? ` ${format.counted(clips.silentClips, "clip is", "clips are")} silent throughout and kept whole, marked as such.` : ""),
        draw: (width) => drawTrim(clips, width) }),
      figure({ name: "genders", title: "Who is heard",
        caption: "Clips and seconds of speech by gender.", draw: (width) => drawGenders(clips, width) })),
    examples.map((clip, index) => figure({
      name: `clip-${index}`, span: 6, title: clip.utteranceId, head: clipHead(clip),
      caption: "Top: the whole recording, with what the trim cuts off in grey. Below: what is kept, at full width; its spectrogram, where bright is loud and high sounds are on top; " +
        "the pitch, where the voice has one; and the windows that features are taken from. Point at a window to see its stretch of sound.",
      draw: (width) => drawClip(clip, index, width) })),
    examples.length === 0 ? element("div", { class: "card" }, nothing("There is no clip to show.")) : null);
  return { id: "silver", name: "What was heard", layer: "silver", colour: "var(--silver)", title: "What was heard",
    lead: `Every recording becomes mono at ${format.rate(clips.rate)}, loses the silence at its ends, and gets the labels of its README. A few of them, from both genders where there are both:`, body };
}
