// Elements from plain values. Text is always set as text, never as HTML: names and prompts come from strangers.
function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") node.style.cssText = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

// A legend of [label, colour, thin] entries.
function legend(entries) {
  return element("ul", { class: "legend" }, entries.map(([label, colour, thin]) =>
    element("li", {}, element("i", { style: `--swatch:${colour}`, class: thin ? "thin" : null }), label)));
}

function nothing(text) {
  return element("p", { class: "empty" }, text);
}
