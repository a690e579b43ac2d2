// One clip: the whole recording on top, below it the part that was kept, stretched to the full width, with its spectrogram and windows.

// A spectrogram's levels as a PNG, a pixel for each value.
function spectrogramImage({ rows, columns, levels }) {
  const values = bytesOf(levels);
  const canvas = element("canvas", { width: columns, height: rows });
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  const palette = d3.range(256).map((level) => d3.rgb(d3.interpolateMagma(level / 255)));
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const colour = palette[values[row * columns + column]];
      const at = 4 * ((rows - 1 - row) * columns + column);
      image.data[at] = colour.r; image.data[at + 1] = colour.g; image.data[at + 2] = colour.b; image.data[at + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
  return canvas.toDataURL("image/png");
}

function envelopePath(envelope, x, middle, half, loudest) {
  const count = envelope.low.length;
  const time = (index) => x(((index + 0.5) * envelope.seconds) / count);
  const place = (value) => middle - (value / loudest) * half;
  return d3.area().x((_, index) => time(index)).y0((_, index) => place(envelope.low[index]) + 0.4).y1((_, index) => place(envelope.high[index]) - 0.4)(envelope.high);
}

// Windows that overlap go to different lanes: each to the first that is free.
function windowLanes(windows) {
  const ends = [];
  return windows.map((window) => {
    let lane = ends.findIndex((end) => end <= window.start + 1e-6);
    if (lane < 0) lane = ends.length;
    ends[lane] = window.end;
    return lane;
  });
}

function drawWindows(svg, clip, x, top, heat) {
  const lanes = windowLanes(clip.windows);
  const shade = svg.append("rect").attr("y", heat.top).attr("height", heat.height).attr("fill", "none").attr("stroke", "#fff")
    .attr("stroke-width", 2).attr("pointer-events", "none").attr("visibility", "hidden");
  clip.windows.forEach((window, index) => {
    const [left, right] = [x(window.start), x(Math.min(window.end, clip.after.seconds))];
    const group = svg.append("g").attr("transform", `translate(${left},${top + lanes[index] * 17})`).attr("cursor", "default");
    const width = Math.max(2, right - left - 2);
    group.append("rect").attr("width", width).attr("height", 13).attr("rx", 3).attr("fill", "var(--gold)").attr("fill-opacity", window.partial ? 0.12 : 0.28)
      .attr("stroke", "var(--gold)").attr("stroke-dasharray", window.partial ? "3 2" : null);
    if (width > 26) {
      group.append("text").attr("x", 6).attr("y", 10).attr("font-size", 10).attr("fill", "var(--ink)")
        .text(width > 90 ? `window ${index}${window.partial ? ", partial" : ""}` : index);
    }
    group.append("title").text(`window ${index}: ${window.start.toFixed(2)} to ${window.end.toFixed(2)} s${window.partial ? ", shorter than a full window" : ""}`);
    group.on("pointerenter", () => shade.attr("x", left).attr("width", Math.max(2, right - left)).attr("visibility", "visible"))
      .on("pointerleave", () => shade.attr("visibility", "hidden"));
  });
  return top + (lanes.length ? Math.max(...lanes) + 1 : 0) * 17;
}

// The pitch in a row of its own, an octave always the same height. Gives where the next row begins.
function drawPitch(svg, clip, x, top, frame) {
  const voiced = (value) => value !== null && value > 0;
  const heights = clip.pitch.filter(voiced);
  if (heights.length === 0) return top - 8;
  const height = 46;
  const y = d3.scaleLog([Math.min(80, d3.min(heights) * 0.95), Math.max(260, d3.max(heights) * 1.05)], [top + height, top]);
  for (const hertz of [100, 200, 400].filter((each) => each >= y.domain()[0] && each <= y.domain()[1])) {
    svg.append("line").attr("x1", frame.left).attr("x2", frame.right).attr("y1", y(hertz)).attr("y2", y(hertz)).attr("stroke", "var(--grid)");
    frequencyLabel(svg, frame.left - 6, y(hertz), hertz);
  }
  const line = d3.line().defined(voiced).x((_, index) => x(index * clip.pitchStep)).y((value) => y(value));
  svg.append("path").attr("d", line(clip.pitch)).attr("fill", "none").attr("stroke", genderColour(clip.gender)).attr("stroke-width", 2.2).attr("stroke-linecap", "round");
  return top + height + 8;
}

function frequencyLabel(svg, x, y, hertz) {
  svg.append("text").attr("x", x).attr("y", y + 3.5).attr("font-size", 10).attr("text-anchor", "end").attr("fill", "var(--quiet)")
    .text(hertz >= 1000 ? `${hertz / 1000} kHz` : `${hertz} Hz`);
}

function rowLabel(svg, x, y, text) {
  return svg.append("text").attr("x", x).attr("y", y).attr("font-size", 11).attr("fill", "var(--quiet)").text(text);
}

// The recording as it came, and lines that lead from the bounds of the trim to the full width below.
function drawBefore(svg, clip, frame, colour, loudest) {
  const { left, right } = frame;
  const x = d3.scaleLinear([0, clip.before.seconds || 1], [left, right]);
  const top = 18;
  const height = 54;
  const path = envelopePath(clip.before, x, top + height / 2, height / 2, loudest);
  const [start, end] = [x(clip.trimStart), x(clip.trimEnd)];
  const name = `kept-${frame.id}`;
  svg.append("clipPath").attr("id", name).append("rect").attr("x", start).attr("y", top).attr("width", Math.max(0, end - start)).attr("height", height);
  rowLabel(svg, left, 12, `as recorded, ${format.duration(clip.before.seconds)}`);
  svg.append("rect").attr("x", start).attr("y", top).attr("width", Math.max(0, end - start)).attr("height", height).attr("fill", colour).attr("fill-opacity", 0.08);
  svg.append("path").attr("d", path).attr("fill", "var(--cut)");
  svg.append("path").attr("d", path).attr("fill", colour).attr("clip-path", `url(#${name})`);
  const bottom = top + height;
  for (const [from, to] of [[start, left], [end, right]]) {
    svg.append("path").attr("d", `M${from},${top}V${bottom}L${to},${bottom + 26}`).attr("fill", "none").attr("stroke", colour).attr("stroke-dasharray", "4 3");
  }
  return bottom + 26;
}

function drawClip(clip, id, width) {
  const frame = { id, left: 46, right: width - 6 };
  const colour = genderColour(clip.gender);
  const loudest = Math.max(d3.max(clip.before.high, Math.abs) ?? 0, d3.max(clip.before.low, Math.abs) ?? 0, 1e-6);
  const svg = d3.create("svg").attr("width", width).attr("role", "img").attr("aria-label", `waveform and spectrogram of ${clip.utteranceId}`);
  let top = drawBefore(svg, clip, frame, colour, loudest);

  const x = d3.scaleLinear([0, clip.after.seconds || 1], [frame.left, frame.right]);
  rowLabel(svg, (frame.left + frame.right) / 2, top - 6, `kept, ${format.duration(clip.after.seconds)}`).attr("text-anchor", "middle");
  svg.append("path").attr("d", envelopePath(clip.after, x, top + 27, 27, loudest)).attr("fill", colour);
  top += 60;

  const heat = { top, height: 150 };
  const { frequencies } = clip.spectrogram;
  if (clip.spectrogram.columns > 0) {
    const rows = d3.scaleLinear(frequencies, frequencies.map((_, row) => top + heat.height * (1 - (row + 0.5) / frequencies.length)));
    svg.append("image").attr("x", frame.left).attr("y", top).attr("width", frame.right - frame.left).attr("height", heat.height)
      .attr("preserveAspectRatio", "none").attr("href", spectrogramImage(clip.spectrogram));
    const last = frequencies[frequencies.length - 1];
    for (const hertz of [100, 500, 1000, 2000, 4000, 7000].filter((each) => each <= last && each >= frequencies[0])) {
      frequencyLabel(svg, frame.left - 6, rows(hertz), hertz);
    }
  }
  top = drawPitch(svg, clip, x, top + heat.height + 14, frame);
  top = drawWindows(svg, clip, x, top, heat);

  svg.append("g").attr("transform", `translate(0,${top + 2})`).attr("color", "var(--quiet)")
    .call(d3.axisBottom(x).ticks(Math.max(2, Math.floor(width / 90))).tickSize(4).tickFormat((value) => `${value} s`)).call((axis) => axis.select(".domain").remove())
    .attr("font-family", "inherit");
  const head = svg.append("line").attr("y1", heat.top - 60).attr("y2", heat.top + heat.height).attr("stroke", "var(--ink)").attr("stroke-width", 1.5).attr("visibility", "hidden");
  clip.showProgress = (seconds) => head.attr("visibility", seconds === null ? "hidden" : "visible").attr("x1", x(seconds ?? 0)).attr("x2", x(seconds ?? 0));
  const height = top + 26;
  return svg.attr("height", height).attr("viewBox", [0, 0, width, height]).node();
}
