// Blue and orange are told apart by people with any of the common colour-blindnesses; everything else is said in words as well.
// The values are in the style sheet, for light and dark paper.
const genders = ["female", "male", "unknown"];
const splits = ["train", "validation", "test"];
const genderColour = (gender) => (genders.includes(gender) ? `var(--${gender})` : "var(--unknown)");
const genderScale = { domain: genders, range: genders.map(genderColour) };

// Those of the known values that occur, in their usual order, then any others.
function present(order, values) {
  const found = new Set(values);
  return [...order.filter((value) => found.has(value)), ...[...found].filter((value) => !order.includes(value)).sort()];
}

function genderLegend(values) {
  return legend(present(genders, values).map((gender) => [gender, genderColour(gender)]));
}
