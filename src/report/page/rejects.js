// What was refused, and why: the reasons counted, and the rows themselves, to be searched.
function drawReasons(rejects, width) {
  if (rejects.reasons.length === 0) return nothing("Nothing was refused: every input made it into the lake.");
  const items = rejects.reasons.map((each) => ({ name: `${format.words(each.reason)} (${each.stage})`, count: each.count }));
  return countBars(items, width, "var(--refused)", { limit: 16, marginLeft: Math.min(230, Math.floor(width * 0.5)) });
}

function rejectRow(line) {
  return element("tr", {},
    element("td", {}, line.stage),
    element("td", {}, element("span", { class: "reason" }, format.words(line.reason))),
    element("td", { class: "code" }, line.archive),
    element("td", { class: "code" }, line.member ?? ""),
    element("td", {}, line.detail),
    element("td", { class: "number", "data-label": "at byte" }, line.byteOffset === null ? "" : format.count(line.byteOffset)));
}

function rejectTable(rejects) {
  const rows = rejects.lines.map((line) => ({ line, node: rejectRow(line),
    text: [line.stage, line.reason, format.words(line.reason), line.archive, line.member, line.detail].join(" ").toLowerCase() }));
  const shown = element("span", { class: "quiet", "aria-live": "polite" });
  const words = element("input", { type: "search", placeholder: "Filter by archive, file or words of the reason", "aria-label": "Filter the refused inputs" });
  const reason = element("select", { "aria-label": "Reason" }, element("option", { value: "" }, "every reason"),
    [...new Set(rejects.lines.map((line) => line.reason))].sort().map((each) => element("option", { value: each }, format.words(each))));
  const filter = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const visible = wanted.every((word) => row.text.includes(word)) && (reason.value === "" || row.line.reason === reason.value);
      row.node.hidden = !visible;
      row.node.style.display = visible ? "" : "none";
      count += visible ? 1 : 0;
    }
    const cut = rejects.total > rows.length ? ` (the first ${format.count(rows.length)} of ${format.count(rejects.total)}; the rest are in silver/rejects)` : "";
    shown.textContent = `${format.count(count)} shown${cut}`;
  };
  words.addEventListener("input", filter);
  reason.addEventListener("change", filter);
  filter();
  return element("div", {}, element("div", { class: "controls" }, words, reason, shown),
    element("div", { class: "table-frame" }, element("table", { class: "rejects" },
      element("thead", {}, element("tr", {}, ["Stage", "Reason", "Archive", "File in it", "What was wrong"].map((name) => element("th", {}, name)),
        element("th", { class: "number" }, "At byte"))),
      element("tbody", {}, rows.map((row) => row.node)))));
}

function rejectsSection({ rejects }) {
  const body = element("div", { class: "grid" },
    figure({ name: "reasons", title: rejects.total === 0 ? "Nothing" : `${format.counted(rejects.total, "input")}, by reason`,
      caption: "Each bar counts inputs that one stage refused for one reason. The rest of the run was not touched by them.",
      draw: (width) => drawReasons(rejects, width) }),
    rejects.lines.length > 0 ? element("div", { class: "card" }, element("h3", {}, "One by one"), rejectTable(rejects)) : null);
  return { id: "rejects", name: "What was refused", layer: "rejects", colour: "var(--refused)", title: "What was refused, and why",
    lead: "Real corpora have broken files. Each is a row in silver/rejects, with the place where it broke, so that it can be looked at.", body };
}
