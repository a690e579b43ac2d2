// Opens a report in Chromium without any network and checks that it is whole: no error in the console, no request, every figure drawn, no
// sideways scrolling; in light and dark, wide and on a phone. Prints what it found as JSON; exit status 1 where anything is wrong.
// usage: node check_page.mjs PAGE.html [FOLDER FOR PICTURES]
import { createRequire } from "node:module";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const root = resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../..");
const require = createRequire(join(root, ".deps/browser/node_modules/"));
const { chromium } = require("playwright-core");

const [page_path, pictures] = process.argv.slice(2);
if (!page_path) { console.error("usage: node check_page.mjs PAGE.html [FOLDER FOR PICTURES]"); process.exit(2); }
const address = pathToFileURL(resolve(page_path)).href;

const settings = [
  { name: "light", colorScheme: "light", width: 1200, height: 900, scale: 1 },
  { name: "dark", colorScheme: "dark", width: 1200, height: 900, scale: 1 },
  { name: "phone", colorScheme: "light", width: 390, height: 844, scale: 2 },
];

// What is wrong with the figures that are on the page: run inside the browser.
function inspectFigures() {
  const wrong = [];
  const figures = [...document.querySelectorAll(".figure")];
  for (const figure of figures) {
    const box = figure.getBoundingClientRect();
    if (figure.dataset.drawn !== "true") wrong.push(`${figure.id} is not drawn`);
    if (box.width < 40 || box.height < 16) wrong.push(`${figure.id} is ${box.width} by ${box.height}`);
    const pictures = [...figure.querySelectorAll("svg, canvas")];
    const words = figure.textContent.trim();
    if (pictures.length === 0 && !figure.querySelector(".empty") && !figure.querySelector("li")) wrong.push(`${figure.id} has no picture and no word about why`);
    for (const picture of pictures) {
      const size = picture.getBoundingClientRect();
      if (size.width < 10 || size.height < 10) wrong.push(`a picture in ${figure.id} is ${size.width} by ${size.height}`);
      if (picture.tagName === "svg" && picture.querySelectorAll("path, rect, circle, line, image").length === 0) wrong.push(`a picture in ${figure.id} has no mark`);
      if (/NaN|undefined|Infinity/.test(picture.outerHTML.replace(/data:[^"]*/g, ""))) wrong.push(`a picture in ${figure.id} has a mark in no place`);
    }
    if (/\b(NaN|undefined|null|\[object)/.test(words)) wrong.push(`${figure.id} says “${words.match(/.{0,20}(NaN|undefined|null|\[object).{0,20}/)[0]}”`);
    const card = figure.closest("figure");
    if (!card?.querySelector("figcaption")?.textContent.trim()) wrong.push(`${figure.id} has no caption`);
    if (card && box.right > card.getBoundingClientRect().right + 1) wrong.push(`${figure.id} sticks out of its card`);
  }
  const scrolled = document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth;
  if (scrolled > 0) wrong.push(`the page scrolls sideways by ${scrolled} pixels`);
  return { figures: figures.length, report: window.voxlakeReport ?? null, wrong };
}

// The table of refused inputs: a filter that names one of its archives leaves its rows and no others.
async function checkFilter(page) {
  const visible = () => page.locator(".rejects tbody tr:visible").count();
  const all = await visible();
  if (all === 0) return [];
  const wrong = [];
  const archive = await page.locator(".rejects tbody tr td:nth-child(3)").first().textContent();
  await page.locator(".controls input").fill(archive);
  const some = await visible();
  const elsewhere = await page.locator(".rejects tbody tr:visible").filter({ hasNotText: archive }).count();
  if (some === 0 || elsewhere > 0) wrong.push(`the filter “${archive}” shows ${some} rows, ${elsewhere} of them of other archives`);
  await page.locator(".controls input").fill("no such thing anywhere");
  if ((await visible()) !== 0) wrong.push("a filter that matches nothing still shows rows");
  await page.locator(".controls input").fill("");
  if ((await visible()) !== all) wrong.push("an emptied filter doesn't show all rows again");
  return wrong;
}

// A clip can be played and stopped without an error.
async function checkSound(page) {
  const button = page.locator("button.play").first();
  if ((await button.count()) === 0) return [];
  await button.click();
  await page.waitForTimeout(250);
  await button.click();
  return [];
}

async function checkSetting(browser, setting) {
  const context = await browser.newContext({ colorScheme: setting.colorScheme, viewport: { width: setting.width, height: setting.height },
    deviceScaleFactor: setting.scale, offline: true, bypassCSP: false });
  const wrong = [];
  await context.route("**/*", (route) => {
    const url = route.request().url();
    if (url === address || url.startsWith("data:")) return route.continue();
    wrong.push(`the page asked for ${url}`);
    return route.abort();
  });
  const page = await context.newPage();
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) wrong.push(`console ${message.type()}: ${message.text()}`); });
  page.on("pageerror", (error) => wrong.push(`page error: ${error.message}`));
  page.on("dialog", (dialog) => { wrong.push(`a dialog opened: ${dialog.message()}`); return dialog.dismiss(); });
  await page.goto(address, { waitUntil: "load" });
  await page.waitForFunction(() => window.voxlakeReport, null, { timeout: 20000 }).catch(() => wrong.push("window.voxlakeReport was never set"));
  const found = await page.evaluate(inspectFigures);
  wrong.push(...found.wrong, ...(found.report?.errors ?? []));
  if (found.report && (found.report.drawn !== found.report.expected || found.report.drawn !== found.figures)) {
    wrong.push(`${found.report.drawn} of ${found.report.expected} figures drawn, ${found.figures} on the page`);
  }
  if (pictures) await page.screenshot({ path: join(pictures, `${setting.name}.png`), fullPage: true });
  wrong.push(...(await checkFilter(page)), ...(await checkSound(page)));
  // Turned to another width, every figure is drawn again and still fits.
  await page.setViewportSize({ width: setting.width === 390 ? 800 : 700, height: setting.height });
  await page.waitForTimeout(300);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const turned = await page.evaluate(inspectFigures);
  wrong.push(...turned.wrong.map((each) => `after a change of width, ${each}`), ...(turned.report?.errors ?? []));
  await context.close();
  return { setting: setting.name, figures: found.figures, wrong: [...new Set(wrong)] };
}

if (pictures) mkdirSync(pictures, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const results = [];
try {
  for (const setting of settings) results.push(await checkSetting(browser, setting));
} finally {
  await browser.close();
}
console.log(JSON.stringify(results, null, 1));
process.exit(results.every((result) => result.wrong.length === 0) ? 0 : 1);
