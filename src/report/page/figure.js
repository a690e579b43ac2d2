// Figures: each is drawn into an element of class `figure`, again whenever its width changes, and reports itself once drawn.
const figures = [];
const report = { drawn: 0, expected: 0, errors: [] };

function drawFigure(figure) {
  // While a window opens it can be next to nothing wide for a moment: then as for the narrowest phone, until it has its width.
  const width = Math.max(300, Math.floor(figure.frame.clientWidth));
  if (width === figure.width) return;
  figure.width = width;
  try {
    const drawing = figure.draw(width);
    figure.frame.replaceChildren(...[drawing].flat().filter(Boolean));
    if (!figure.frame.dataset.drawn) report.drawn += 1;
    figure.frame.dataset.drawn = "true";
  } catch (error) {
    report.errors.push(`${figure.name}: ${error.message}`);
    figure.frame.replaceChildren(element("p", { class: "failed" }, `This figure could not be drawn: ${error.message}`));
  }
}

// A card with a figure in it. `caption` says how to read it. `draw(width)` gives its nodes.
function figure({ name, title, caption, span = 12, head = null, draw }) {
  const frame = element("div", { class: "figure", id: `figure-${name}`, role: "group", "aria-label": title });
  figures.push({ name, frame, draw, width: 0 });
  report.expected += 1;
  return element("figure", { class: `card span-${span}` }, head ?? element("h3", {}, title), frame, element("figcaption", {}, caption));
}

function drawFigures() {
  for (const each of figures) drawFigure(each);
  const resize = new ResizeObserver(() => { for (const each of figures) drawFigure(each); });
  resize.observe(document.getElementById("sections"));
}

// The label of a horizontal axis, below the middle of its numbers.
function axisLabel(label) {
  return { label, labelAnchor: "center", labelArrow: "none", labelOffset: 38 };
}

// What every chart shares. Axes are quiet; the numbers speak.
function chart(width, options) {
  return Plot.plot({
    width,
    ...(options.x?.label ? { marginBottom: 44 } : {}),
    style: { background: "transparent", fontSize: "12px", color: "var(--ink)", fontFamily: "var(--text)" },
    ...options,
  });
}
