// Opens pages in Chromium and uses them: node tests/browser/check.mjs FOLDER PAGE...
// FOLDER gets screenshots and a PDF of each. Ends with 1 and every problem when something is wrong.
import { createRequire } from "node:module";
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const [folder, ...pages] = process.argv.slice(2);
if (!folder || pages.length === 0) {
  console.error("saw no pages, expected: node tests/browser/check.mjs FOLDER PAGE...");
  process.exit(2);
}
const executablePath = process.env.CHROMIUM || "/usr/bin/chromium";
if (!existsSync(executablePath)) {
  console.error(`${executablePath} is not there: install Debian's package chromium, or name the program in CHROMIUM`);
  process.exit(2);
}
mkdirSync(folder, { recursive: true });

// what a script makes after an event, soon
const appears = (what) => what.first().waitFor({ state: "attached", timeout: 30_000 }).then(() => true, () => false);

const problems = [];
const wrong = (page, words) => problems.push(`${page}: ${words}`);
const browser = await chromium.launch({
  executablePath,
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});

/** A tab that tells every error and every request that is not for the page itself. */
async function open(file, { width, height, scheme = "light", query = "", hash = "" }) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, deviceScaleFactor: 1 });
  const tab = await context.newPage();
  const name = basename(file);
  const address = pathToFileURL(resolve(file)).href;
  tab.on("console", (message) => ["error", "warning"].includes(message.type()) && wrong(name, `console: ${message.text()}`));
  tab.on("pageerror", (error) => wrong(name, `script: ${error.message}`));
  tab.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(address) && !url.startsWith("data:")) wrong(name, `asked for ${url}`);
  });
  await tab.goto(address + query + hash, { waitUntil: "load" });
  return { tab, context, name };
}

/** What axe finds in the part of the page that is shown. */
async function accessible(tab, name, how) {
  await tab.evaluate(axe);
  const found = await tab.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  for (const one of found.violations) {
    wrong(name, `axe (${how}): ${one.id}, ${one.help}: ${one.nodes.slice(0, 3).map((node) => `${node.target.join(" ")} ${(node.any[0] || {}).message || ""}`).join(" | ")}`);
  }
}

/** Nothing is wider than the screen, but what scrolls by itself. */
async function fits(tab, name, width) {
  const over = await tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (over > 0) wrong(name, `is ${over} px wider than a screen of ${width} px`);
}

const visible = (tab, what) => tab.locator(what).evaluateAll((rows) => rows.filter((row) => !row.hidden).map((row) => row.dataset.pool));

async function expect(name, what, seen, wanted) {
  if (JSON.stringify(seen) !== JSON.stringify(wanted)) wrong(name, `${what}: saw ${JSON.stringify(seen)}, expected ${JSON.stringify(wanted)}`);
}

async function looks(file) {
  for (const [how, options] of Object.entries({
    "laptop-light": { width: 1366, height: 900 },
    "laptop-dark": { width: 1366, height: 900, scheme: "dark" },
    "phone-light": { width: 390, height: 844 },
    "phone-dark": { width: 390, height: 844, scheme: "dark" },
  })) {
    const { tab, context, name } = await open(file, options);
    const many = await tab.locator("#index tbody tr").count() > 60;
    // every chart is drawn when it comes near: walk down once
    await tab.locator("section.pool details.evidence").first().evaluate((one) => { one.open = true; });
    const high = await tab.evaluate(() => document.documentElement.scrollHeight);
    for (let at = 0; at < Math.min(high, 40_000); at += 1_000) {
      await tab.evaluate((top) => scrollTo(0, top), at);
      await tab.waitForTimeout(15);
    }
    await tab.evaluate(() => scrollTo(0, 0));
    await fits(tab, name, options.width);
    if (!many || how === "laptop-light") await accessible(tab, name, how);
    const stem = join(folder, `${name.replace(".html", "")}-${how}`);
    await tab.screenshot({ path: `${stem}.png` });
    if (!many) await tab.screenshot({ path: `${stem}-whole.png`, fullPage: true, clip: { x: 0, y: 0, width: options.width, height: Math.min(12_000, await tab.evaluate(() => document.documentElement.scrollHeight)) } });
    await context.close();
  }
}

async function prints(file) {
  const { tab, context, name } = await open(file, { width: 1366, height: 900 });
  if (await tab.locator("#index tbody tr").count() <= 60) {
    const pdf = await tab.pdf({ path: join(folder, name.replace(".html", ".pdf")), format: "A4", printBackground: true });
    if (pdf.length < 10_000) wrong(name, `its PDF has only ${pdf.length} bytes`);
  }
  await tab.emulateMedia({ media: "print" });
  await tab.evaluate(() => dispatchEvent(new Event("beforeprint")));
  for (const control of [".bar", ".contents", ".filter", ".controls"]) {
    if (await tab.locator(control).first().isVisible()) wrong(name, `${control} is printed`);
  }
  if (!await tab.locator("#director .summary").isVisible()) wrong(name, "the summary is not printed");
  // whatever the theme, paper is white
  await tab.evaluate(() => { document.documentElement.dataset.theme = "dark"; });
  await tab.emulateMedia({ media: "print", colorScheme: "dark" });
  expect(name, "the paper of a dark page", await tab.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)");
  // A4 less its margins: nothing is wider
  await tab.setViewportSize({ width: 688, height: 1_000 });
  const wide = await tab.evaluate(() => Array.from(document.querySelectorAll("table, figure, pre, svg")).filter((one) => one.getBoundingClientRect().right > 689)
    .map((one) => `${one.closest("[id]").id} ${one.tagName.toLowerCase()} ends at ${Math.round(one.getBoundingClientRect().right)}`));
  if (wide.length) wrong(name, `is cut at the edge of a page: ${wide.slice(0, 5).join(", ")} (${wide.length})`);
  await tab.setViewportSize({ width: 760, height: 1_080 });
  const high = await tab.evaluate(() => document.documentElement.scrollHeight);
  await tab.screenshot({ path: join(folder, `${name.replace(".html", "")}-print.png`), fullPage: true, clip: { x: 0, y: 0, width: 760, height: Math.min(4_000, high) } });
  await context.close();
}

async function works(file) {
  const { tab, context, name } = await open(file, { width: 1366, height: 900 });
  const rows = "#index tbody tr";
  const pools = await visible(tab, rows);

  // filter and sort, kept in the address
  const word = pools[pools.length - 1];
  await tab.fill("#filter", word);
  expect(name, "the filter", await visible(tab, rows), pools.filter((pool) => pool.toLowerCase().includes(word.toLowerCase())));
  if (!tab.url().includes("filter=")) wrong(name, `the filter is not in the address: ${tab.url()}`);
  await tab.fill("#filter", "");
  await tab.click("#index th[data-key=risk] button");
  const risks = await tab.locator(rows).evaluateAll((all) => all.map((row) => Number(row.dataset.risk)));
  expect(name, "sorted by risk", risks, [...risks].sort((a, b) => b - a));
  await tab.click("#index th[data-key=risk] button");
  const rising = await tab.locator(rows).evaluateAll((all) => all.map((row) => Number(row.dataset.risk)));
  expect(name, "sorted the other way", rising, [...rising].sort((a, b) => a - b));
  expect(name, "what a screen reader is told", await tab.getAttribute("#index th[data-key=risk]", "aria-sort"), "ascending");
  const again = await open(file, { width: 1366, height: 900, query: new URL(tab.url()).search });
  expect(name, "a copied link", await visible(again.tab, rows), await visible(tab, rows));
  await again.context.close();

  // a pool, its rows, a fan with its slider, buttons and brush
  const first = tab.locator("#index tbody tr:not([hidden]) a").first();
  await first.click();
  const section = tab.locator("section.pool:target, section.pool:focus").first();
  if (!await section.locator("details.evidence").first().evaluate((one) => one.open)) wrong(name, "a pool is not opened by its link");
  await section.locator("details.of-pool > summary").click();
  if (!await appears(section.locator("details.of-pool tbody tr"))) wrong(name, "a pool has no rows");
  const fan = section.locator("figure.live").first();
  if (await fan.count()) {
    await fan.scrollIntoViewIfNeeded();
    await fan.locator("svg").waitFor();
    const slider = fan.locator("input[type=range]");
    await slider.focus();
    await tab.keyboard.press("ArrowRight");
    const told = await fan.locator("output").textContent();
    if (!/\d{4}: /.test(told)) wrong(name, `the slider of a fan says “${told}”`);
    // all that is drawn, but for the rule that reads a day: it stays where the pointer left it
    const paths = () => fan.locator("svg").evaluate((svg) => {
      const still = svg.cloneNode(true);
      still.querySelectorAll(".cursor").forEach((rule) => rule.remove());
      return still.outerHTML;
    });
    const whole = await paths();
    // a short fan without history may offer no other view than all
    const buttons = fan.locator(".controls button");
    if (await buttons.count() > 1) {
      await buttons.nth(1).click();
      if (await paths() === whole) wrong(name, "a zoom button changes nothing");
      if (!tab.url().includes("zoom-")) wrong(name, "the zoom is not in the address");
      await buttons.first().click();
    }
    const box = await fan.locator("svg").boundingBox();
    await tab.mouse.move(box.x + box.width * 0.4, box.y + box.height / 2);
    await tab.mouse.down();
    await tab.mouse.move(box.x + box.width * 0.6, box.y + box.height / 2, { steps: 4 });
    await tab.mouse.up();
    if (await paths() === whole) wrong(name, "dragging over a fan does not zoom");
    await fan.locator("svg").dblclick({ position: { x: box.width / 3, y: box.height / 2 } });
    expect(name, "a double click shows all", await paths(), whole);
  } else wrong(name, "a pool has no fan");

  // the scenario switch of a pool: its lines, its rows, the address, the chart of all pools; printed are all rows
  const what = section.locator("figure.scenarios");
  if (await what.count()) {
    await what.scrollIntoViewIfNeeded();
    await what.locator("svg").waitFor();
    const drawnLines = () => what.locator("svg > g").count();
    const rowsShown = () => what.locator("tbody tr").evaluateAll((all) => all.filter((row) => getComputedStyle(row).display !== "none").length);
    const [linesBefore, rowsBefore] = [await drawnLines(), await rowsShown()];
    if (rowsBefore < 2) wrong(name, `a pool has ${rowsBefore} scenarios`);
    const tick = what.locator("fieldset input").first();
    const base = await tick.getAttribute("value");
    await tick.focus();
    await tab.keyboard.press("Space");
    expect(name, "lines of a pool with a scenario switched off", await drawnLines(), linesBefore - 1);
    expect(name, "rows of a pool with a scenario switched off", await rowsShown(), rowsBefore - 1);
    if (!new URL(tab.url()).searchParams.get("hide")?.split("|").includes(base)) wrong(name, `the scenario of a pool is not in the address: ${tab.url()}`);
    await what.locator("input[type=range]").focus();
    await tab.keyboard.press("ArrowRight");
    if ((await what.locator("output").textContent()).includes(`${base} `)) wrong(name, "a scenario that is switched off is read");
    const fleet = tab.locator("#chart-risk");
    await fleet.scrollIntoViewIfNeeded();
    await fleet.locator("svg").waitFor();
    expect(name, "the same switch in the chart of all pools", await fleet.locator("fieldset input").first().isChecked(), false);
    await tab.emulateMedia({ media: "print" });
    expect(name, "rows of a pool that are printed", await rowsShown(), rowsBefore);
    await tab.emulateMedia({ media: "screen" });
    const copied = await open(file, { width: 1366, height: 900, query: new URL(tab.url()).search, hash: new URL(tab.url()).hash });
    const again = copied.tab.locator(`#${await what.getAttribute("id")}`);
    await again.scrollIntoViewIfNeeded();
    await again.locator("svg").waitFor();
    expect(name, "lines of a pool under a copied link", await again.locator("svg > g").count(), linesBefore - 1);
    await copied.context.close();
    await fleet.locator("fieldset input").first().check();
    expect(name, "lines of a pool switched on elsewhere", await drawnLines(), linesBefore);
  } else wrong(name, "a pool has no scenario switch");

  // the scenario switch
  const risk = tab.locator("#chart-risk");
  await risk.scrollIntoViewIfNeeded();
  await risk.locator("svg").waitFor();
  const lines = () => risk.locator("svg g").count();
  const all = await lines();
  await risk.locator("fieldset input").first().uncheck();
  expect(name, "lines with a scenario switched off", await lines(), all - 1);
  if (!tab.url().includes("hide=")) wrong(name, "the scenarios are not in the address");
  await risk.locator("fieldset input").first().check();
  const before = await risk.locator("svg").innerHTML();
  await risk.locator("select").selectOption({ index: 1 });
  const choices = await risk.locator("select option").count() - 1;
  if (choices > 1 && await risk.locator("svg").innerHTML() === before) wrong(name, "another pool has the same risk drawn");
  await risk.locator("input[type=range]").focus();
  await tab.keyboard.press("ArrowRight");
  if (!/%/.test(await risk.locator("output").textContent())) wrong(name, "the slider of the risk says nothing");

  // the slider over cost and risk
  const cost = tab.locator("#chart-cost-risk");
  await cost.scrollIntoViewIfNeeded();
  await cost.locator("svg").waitFor();
  if (await cost.locator("input[type=range]").count()) {
    const said = await cost.locator("output").textContent();
    await cost.locator("input[type=range]").focus();
    await tab.keyboard.press("Home");
    const least = await cost.locator("output").textContent();
    await tab.keyboard.press("End");
    const most = await cost.locator("output").textContent();
    if (least === most) wrong(name, `the risk slider always says “${said}”`);
    // the words of each plan stand on no point and no error bar
    await tab.keyboard.press("Home");
    for (let stop = Number(await cost.locator("input[type=range]").getAttribute("max")); stop >= 0; stop -= 1) {
      const met = await cost.locator(".plot svg").evaluate((svg) => {
        const words = svg.querySelector("text.strong").getBoundingClientRect();
        const marks = [...svg.querySelectorAll("g.point line, g.point circle")].map((mark) => mark.getBoundingClientRect());
        const over = marks.filter((mark) => mark.left < words.right && words.left < mark.right && mark.top < words.bottom - 2 && words.top + 2 < mark.bottom);
        return over.length ? `${svg.querySelector("text.strong").textContent} on ${over.length} of ${marks.length} marks` : "";
      });
      if (met) wrong(name, `cost against risk, ${stop} stops from the last: ${met}`);
      await tab.keyboard.press("ArrowRight");
    }
  }

  // values of the drawings that the program made: by keyboard, and under the pointer
  const stills = tab.locator("figure.still:has(> script)");
  // reports of made-up pools have no drawing of these kinds
  if (!await stills.count() && !name.startsWith("pools-")) wrong(name, "no drawing has values that can be read");
  for (const figure of await stills.all()) {
    if (!await figure.isVisible()) continue;
    const id = await figure.getAttribute("id");
    const spots = JSON.parse(await figure.locator(":scope > script").textContent());
    await figure.scrollIntoViewIfNeeded();
    await figure.locator("input[type=range]").focus();
    await tab.keyboard.press("End");
    expect(name, `${id}, the last value`, await figure.locator("output").textContent(), spots[spots.length - 1][4]);
    await tab.keyboard.press("Home");
    expect(name, `${id}, the first value`, await figure.locator("output").textContent(), spots[0][4]);
    // of spots under the pointer the smallest is read
    const [left, top, right, bottom] = spots[spots.length - 1];
    const svg = figure.locator("svg");
    await svg.evaluate((one, share) => scrollBy(0, one.getBoundingClientRect().top + share * one.getBoundingClientRect().height - innerHeight / 2),
      (top + bottom) / 2 / await svg.evaluate((one) => Number(one.getAttribute("height"))));
    const box = await svg.boundingBox();
    const scale = box.width / await svg.evaluate((one) => Number(one.getAttribute("width")));
    const [x, y] = [(left + right) / 2, (top + bottom) / 2];
    await tab.mouse.move(box.x + x * scale, box.y + y * scale);
    const under = spots.filter((one) => x >= one[0] && x <= one[2] && y >= one[1] && y <= one[3]);
    const said = await figure.locator("output").textContent();
    if (!under.some((one) => one[4] === said)) wrong(name, `${id}: the pointer reads “${said}”, under it is “${under.map((one) => one[4]).join("”, “")}”`);
  }

  // the theme
  const paper = () => tab.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await paper();
  await tab.selectOption("#theme", "dark");
  if (await paper() === light) wrong(name, "the theme does not change");
  await tab.selectOption("#theme", "");

  // long tables are listed when opened, and can be searched
  const long = tab.locator("details.table:has(> .rows)").first();
  if (await long.count()) {
    await long.locator("summary").click();
    if (!await appears(long.locator("tbody tr"))) wrong(name, "a long table has no rows when opened");
  }

  // every link within the page leads somewhere; rows of long tables by what the script makes of them
  const lost = await tab.evaluate(() => {
    const templates = Array.from(document.querySelectorAll("template"), (one) => one.content);
    const links = [document, ...templates].flatMap((within) => Array.from(within.querySelectorAll("a[href^='#']"), (one) => one.getAttribute("href")));
    const distinct = Array.from(new Set(links));
    const ids = new Set(Array.from(document.querySelectorAll("[id]"), (one) => one.id));
    const inert = distinct.filter((href) => !ids.has(href.slice(1)));
    // each of up to 60, spread over all, is followed as a reader would
    const some = inert.filter((_, i) => i % Math.max(1, Math.floor(inert.length / 60)) === 0);
    return new Promise((done) => {
      const missing = [];
      const next = () => {
        const href = some.pop();
        if (!href) return done(missing);
        location.hash = href;
        setTimeout(() => {
          const id = decodeURIComponent(href.slice(1));
          const told = Array.from(document.querySelectorAll("details.table.absent[open]")).some((one) => id.startsWith(one.id.slice(6)));
          if (!document.getElementById(id) && !told) missing.push(href);
          next();
        }, 30);
      };
      next();
    });
  });
  if (lost.length) wrong(name, `links lead nowhere: ${lost.slice(0, 5).join(", ")} (${lost.length})`);
  await context.close();
}

async function reads(file) {
  // without a script: the director's page, every pool and every question
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 1366, height: 900 } });
  const tab = await context.newPage();
  await tab.goto(pathToFileURL(resolve(file)).href);
  if (!await tab.locator("#director .summary").isVisible()) wrong(basename(file), "without a script there is no summary");
  if (await tab.locator(".filter").isVisible()) wrong(basename(file), "without a script the filter is shown, which does nothing then");
  await context.close();
}

for (const file of pages) {
  const began = Date.now();
  const before = problems.length;
  for (const check of [looks, prints, works, reads]) {
    try {
      await check(file);
    } catch (error) {
      wrong(basename(file), `${check.name}: ${error.message.split("\n").slice(0, 3).join(" ")}`);
    }
  }
  const size = statSync(file).size;
  console.log(`${basename(file)}: ${size.toLocaleString("en-GB")} bytes, ${problems.length - before} problems, ${((Date.now() - began) / 1000).toFixed(1)} s`);
}
await browser.close();
if (problems.length) {
  console.error(problems.join("\n"));
  process.exit(1);
}
