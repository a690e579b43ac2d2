// Opens a report in Chromium without a network and tells what it saw, as JSON on stdout.
// usage: node open_report.mjs PLAYWRIGHT_FOLDER REPORT.html SCREENSHOT.png [WIDTH]
import { pathToFileURL } from "node:url";
import path from "node:path";

const [playwright, report, screenshot, width = "1280"] = process.argv.slice(2);
const { chromium } = await import(pathToFileURL(path.join(playwright, "index.mjs")).href);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const seen = { errors: [], requests: [] };
try {
  const page = await browser.newPage({ viewport: { width: Number(width), height: 900 } });
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") seen.errors.push(message.text());
  });
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  page.on("request", (request) => {
    if (!/^(file|data|blob):/.test(request.url())) seen.requests.push(request.url());
  });
  await page.goto(pathToFileURL(report).href, { waitUntil: "load" });
  await page.waitForTimeout(500);
  seen.title = await page.title();
  seen.overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  seen.text = await page.evaluate(() => document.body.innerText);
  // Every figure, and how much was drawn in it: marks of SVGs, coloured pixels of canvases, size of images.
  seen.figures = await page.evaluate(() =>
    [...document.querySelectorAll("svg, canvas, img")]
      .filter((element) => !element.closest("svg svg"))
      .map((element) => {
        const box = element.getBoundingClientRect();
        let drawn = 0;
        if (element instanceof SVGElement) {
          drawn = element.querySelectorAll("path, rect, circle, line, polygon, text, image").length;
        } else if (element instanceof HTMLCanvasElement && element.width * element.height > 0) {
          const { data } = element.getContext("2d").getImageData(0, 0, element.width, element.height);
          const colours = new Set();
          for (let i = 0; i < data.length; i += 4 * 97) colours.add(`${data[i]},${data[i + 1]},${data[i + 2]},${data[i + 3]}`);
          drawn = colours.size > 1 ? colours.size : 0;
        } else if (element instanceof HTMLImageElement) {
          drawn = element.complete ? element.naturalWidth : 0;
        }
        return { kind: element.tagName.toLowerCase(), name: element.id || element.getAttribute("aria-label") || element.closest("[id]")?.id || "", width: box.width, height: box.height, drawn };
      }),
  );
  await page.screenshot({ path: screenshot, fullPage: true });
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
