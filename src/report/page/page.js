// Puts the page together: header, sections, footer; draws; and tells whoever watches how that went.
const data = JSON.parse(document.getElementById("data").textContent);

function section({ id, name, layer, colour, title, lead, body }) {
  document.getElementById("contents").append(element("a", { href: `#${id}` }, name));
  document.getElementById("sections").append(element("section", { id, style: `--layer:${colour}` },
    element("p", { class: "layer" }, layer), element("h2", {}, title), element("p", { class: "lead" }, lead), body));
}

// The server-side sentence again, its arrows and its bad news set off.
function dressOutcome() {
  const heading = document.getElementById("outcome");
  const parts = heading.textContent.split(/(→|; [\d,]+ inputs? refused)/);
  heading.replaceChildren(...parts.map((part) => {
    if (part === "→") return element("span", { class: "arrow" }, "→");
    if (part.startsWith("; ")) return element("span", {}, "; ", element("span", { class: "bad" }, part.slice(2)));
    return part;
  }));
}

function facts() {
  const { run, totals } = data;
  const ratio = run.seconds > 0 ? data.clips.secondsBefore / run.seconds : 0;
  const parts = [
    totals.speechSeconds > 0 ? `${format.duration(totals.speechSeconds)} of speech` : null,
    ratio >= 2 && data.stages.some((stage) => stage.name === "decode" && stage.made === stage.out && stage.out > 0)
      ? `${Math.round(ratio).toLocaleString("en-GB")} times faster than listening` : null,
    format.counted(run.threads, "thread"),
    run.peakMemoryBytes ? `${format.bytes(run.peakMemoryBytes)} of memory at most` : null,
    format.when(run.finishedAt),
    run.lake ? `lake at ${run.lake}` : null,
  ];
  document.getElementById("facts").append(parts.filter(Boolean).join(" · "));
}

function foot() {
  const { run } = data;
  const settings = run.settings.length === 0 ? null : element("details", {},
    element("summary", {}, "Configuration of this run"),
    element("div", { class: "table-frame" }, element("table", {},
      element("thead", {}, element("tr", {}, ["Setting", "Value", "From"].map((name) => element("th", {}, name)))),
      element("tbody", {}, run.settings.map((setting) => element("tr", {},
        element("td", { class: "code" }, setting.name), element("td", { class: "code" }, setting.value), element("td", {}, setting.origin)))))));
  document.getElementById("foot").append(
    element("p", {}, `Made by Voxlake ${run.version}${run.corpusUrl ? `, from ${run.corpusUrl}` : ""}. This page is one file and asks nothing of any network. ` +
      "Figures are drawn with D3 and Observable Plot (ISC licence)."),
    settings ?? "");
}

dressOutcome();
facts();
for (const make of [flowSection, bronzeSection, clipsSection, speakersSection, measuresSection, datasetSection, rejectsSection]) section(make(data));
foot();
drawFigures();
window.voxlakeReport = report;
