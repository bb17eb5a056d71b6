"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const $ = (id) => document.getElementById(id);
  const all = (what, within = document) => Array.from(within.querySelectorAll(what));
  const make = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value === true) made.setAttribute(name, "");
      else if (value !== false && value != null) made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  };
  const dataOf = (within) => {
    const held = within.querySelector(":scope > script[type='application/json']");
    return held ? JSON.parse(held.textContent) : null;
  };

  // What is chosen stands in the address, so that a copied link shows the same.
  const state = new URLSearchParams(location.search);
  const keep = (name, value) => {
    if (value === "" || value == null) state.delete(name);
    else state.set(name, value);
    const query = state.toString();
    try {
      history.replaceState(null, "", location.pathname + (query ? "?" + query : "") + location.hash);
    } catch (refused) {
      // some programs show files without an address that may change: the page works, only its links do not keep the choice
    }
  };

  // --- theme and print ---
  const theme = $("theme");
  const dressed = (name) => {
    if (name) root.dataset.theme = name;
    else delete root.dataset.theme;
  };
  try {
    theme.value = localStorage.getItem("plimsoll-theme") || "";
  } catch (refused) {
    theme.value = "";
  }
  dressed(theme.value);
  theme.addEventListener("change", () => {
    dressed(theme.value);
    try {
      localStorage.setItem("plimsoll-theme", theme.value);
    } catch (refused) {
      // not kept for the next time
    }
  });
  $("print").addEventListener("click", () => window.print());
  const contents = document.querySelector(".contents details");
  if (!matchMedia("(min-width:72rem)").matches) contents.open = false;

  // --- the index of pools ---
  const body = $("index").tBodies[0];
  const order = Array.from(body.rows);
  const filter = $("filter");
  const worst = $("state");
  const falling = new Set(["state", "cost", "risk", "after", "orders"]);
  const values = (row, key) => {
    const value = row.dataset[key];
    return key === "pool" || key === "crosses" || key === "by" ? value : Number(value);
  };
  const list = () => {
    const wanted = filter.value.trim().toLowerCase();
    const least = { "": 0, watch: 1, act: 2 }[worst.value] || 0;
    const sort = state.get("sort") || "";
    const key = sort.replace("-", "");
    const sign = sort.startsWith("-") ? -1 : 1;
    const rows = key in (order[0] || { dataset: {} }).dataset
      ? order.map((row, at) => [row, at]).sort(([a, i], [b, j]) => {
        const [x, y] = [values(a, key), values(b, key)];
        return (x < y ? -sign : x > y ? sign : 0) || i - j;
      }).map(([row]) => row)
      : order;
    let found = 0;
    for (const row of rows) {
      const shown = row.dataset.pool.toLowerCase().includes(wanted) && Number(row.dataset.state) >= least;
      row.hidden = !shown;
      found += shown ? 1 : 0;
    }
    body.append(...rows);
    $("found").textContent = (found === order.length ? `${found} pool` : `${found} of ${order.length} pool`) + (order.length === 1 ? "" : "s");
    for (const head of all("#index th[data-key]")) {
      if (head.dataset.key === key && key) head.setAttribute("aria-sort", sign < 0 ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
  };
  for (const head of all("#index th[data-key]")) {
    const key = head.dataset.key;
    const small = head.querySelector("small");
    const press = make("button", { type: "button", class: "sort", onclick: () => {
      const first = falling.has(key) ? "-" + key : key;
      const other = falling.has(key) ? key : "-" + key;
      keep("sort", state.get("sort") === first ? other : first);
      list();
    } }, head.firstChild.textContent);
    head.replaceChildren(press, ...(small ? [small] : []));
  }
  filter.value = state.get("filter") || "";
  worst.value = state.get("state") || "";
  filter.addEventListener("input", () => { keep("filter", filter.value); list(); });
  worst.addEventListener("change", () => { keep("state", worst.value); list(); });
  filter.form.addEventListener("submit", (event) => event.preventDefault());
  list();

  // --- long tables: rows are made when they are opened ---
  const AT_ONCE = 200;
  const tables = new Map();
  const read = (details) => {
    let table = tables.get(details.id);
    if (table) return table;
    const data = dataOf(details);
    if (data) {
      const cell = (column, row) => column.words[column.at ? column.at[row] : row];
      const taken = new Map();
      const name = details.id.replace("table-", "");
      const ids = [];
      for (let row = 0; row < data.rows; row += 1) {
        let id = name;
        for (const at of data.keys) {
          const column = data.columns[at];
          const word = column.key[column.at ? column.at[row] : row];
          if (word) id += "-" + word;
        }
        const times = (taken.get(id) || 0) + 1;
        taken.set(id, times);
        ids.push(times > 1 || id === name ? `${id}-${times}` : id);
      }
      table = { ids, pool: data.pool, heads: data.columns.map((one) => [one.head, one.number]), count: data.rows,
        cells: (row) => data.columns.map((column) => cell(column, row)) };
    } else {
      const rows = all("tbody tr", details);
      const pool = details.dataset.pool;
      table = { ids: rows.map((row) => row.id), pool: pool == null ? null : Number(pool), count: rows.length,
        heads: all("thead th", details).map((head) => [head.textContent, head.classList.contains("n")]),
        cells: (row) => Array.from(rows[row].cells, (one) => one.textContent) };
    }
    tables.set(details.id, table);
    return table;
  };
  const grid = (table, label) => {
    const head = make("tr");
    for (const [words, number] of table.heads) head.append(make("th", { scope: "col", class: number ? "n" : null }, words));
    const rows = make("tbody");
    const made = make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label },
      make("table", {}, make("thead", {}, head), rows));
    return [made, rows];
  };
  const row = (table, at, withId) => {
    const made = make("tr", { id: withId ? table.ids[at] : null });
    table.cells(at).forEach((cell, i) => made.append(make("td", { class: table.heads[i][1] ? "n" : null }, cell)));
    return made;
  };
  const opened = (details, wanted) => {
    const box = details.querySelector(":scope > .rows");
    if (!box) return;
    const table = read(details);
    if (!box.firstChild) {
      const title = details.querySelector("summary").firstChild.textContent.trim();
      const [made, rows] = grid(table, title);
      const search = make("input", { type: "search", "aria-label": `Rows of ${title} that hold` });
      const told = make("output", { "aria-live": "polite" });
      const more = make("button", { type: "button" }, `${AT_ONCE} more rows`);
      let matching = [];
      let shown = 0;
      const add = () => {
        const next = matching.slice(shown, shown + AT_ONCE);
        rows.append(...next.map((at) => row(table, at, true)));
        shown += next.length;
        told.textContent = `${shown} of ${matching.length} rows`;
        more.hidden = shown === matching.length;
      };
      const find = (words) => {
        const lower = words.toLowerCase();
        matching = [];
        for (let at = 0; at < table.count; at += 1) {
          if (!lower || table.ids[at] === words || table.cells(at).join(" ").toLowerCase().includes(lower)) matching.push(at);
        }
        shown = 0;
        rows.replaceChildren();
        add();
      };
      more.addEventListener("click", add);
      search.addEventListener("input", () => find(search.value));
      box.append(make("div", { class: "controls" }, make("label", {}, "Rows that hold ", search), told), made, make("div", { class: "controls" }, more));
      details.find = (words) => { search.value = words; find(words); };
      find("");
    }
    if (wanted && !$(wanted)) details.find(wanted);
  };
  const ofPool = (details) => {
    const box = details.querySelector(".rows");
    if (box.firstChild) return;
    for (const one of all("details.table")) {
      const table = read(one);
      if (table.pool == null) continue;
      const mine = [];
      for (let at = 0; at < table.count; at += 1) if (table.cells(at)[table.pool] === details.dataset.pool) mine.push(at);
      if (!mine.length) continue;
      const title = one.querySelector("summary").firstChild.textContent.trim();
      const [made, rows] = grid(table, title + ", rows of " + details.dataset.pool);
      rows.append(...mine.map((at) => row(table, at, false)));
      box.append(make("p", { class: "caption" }, `${title} (${mine.length}) `, make("a", { href: "#" + one.id }, "whole table")), made);
    }
    if (!box.firstChild) box.append(make("p", {}, "No table has a row of this pool."));
  };
  const unfold = (details) => {
    const held = details.querySelector(":scope > template");
    if (held) {
      held.replaceWith(held.content);
      watch(details);
    }
  };
  document.addEventListener("toggle", (event) => {
    const details = event.target;
    if (!details.open) return;
    if (details.classList.contains("table")) opened(details);
    else if (details.classList.contains("of-pool")) ofPool(details);
    else if (details.classList.contains("evidence")) unfold(details);
  }, true);

  // --- an address within the page: what it names is made and opened ---
  const tableOf = (id) => {
    // the longest name of a table that the id of a row begins with
    const fit = all("details.table").filter((one) => id.startsWith(one.id.replace("table-", "") + "-"));
    fit.sort((a, b) => b.id.length - a.id.length);
    // of a table that is too long for the page only the place is known
    return fit.find((one) => read(one).ids.includes(id)) || fit.find((one) => one.classList.contains("absent"));
  };
  const go = () => {
    const id = decodeURIComponent(location.hash.slice(1));
    if (!id) return;
    all("tr.here").forEach((one) => one.classList.remove("here"));
    let target = $(id);
    if (!target && id.startsWith("chart-")) {
      const holder = all("template").find((one) => one.content.getElementById(id));
      if (holder) {
        const details = holder.parentElement;
        unfold(details);
        details.open = true;
        target = $(id);
      }
    }
    if (!target) {
      const details = tableOf(id);
      if (!details) return;
      details.open = true;
      opened(details, id);
      target = $(id) || (details.classList.contains("absent") ? details : null);
    }
    if (!target) return;
    for (let up = target; up; up = up.parentElement) {
      if (up.tagName === "DETAILS") {
        up.open = true;
        unfold(up);
        if (up.classList.contains("table")) opened(up);
      }
    }
    if (target.classList.contains("pool")) {
      const evidence = target.querySelector("details.evidence");
      evidence.open = true;
      unfold(evidence);
    }
    if (target.tagName === "TR") target.classList.add("here");
    target.scrollIntoView({ block: target.tagName === "TR" ? "center" : "start" });
    if (!target.matches("a,button,input,select,summary")) target.tabIndex = -1;
    target.focus({ preventScroll: true });
  };
  addEventListener("hashchange", go);

  // --- charts ---
  const SVG = "http://www.w3.org/2000/svg";
  const draw = (tag, attributes, ...children) => {
    const made = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) if (value != null) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const date = (day) => new Date(Math.round(day) * 864e5);
  const sayDay = (day) => `${date(day).getUTCDate()} ${MONTHS[date(day).getUTCMonth()]} ${date(day).getUTCFullYear()}`;
  const sayMonth = (month) => `${MONTHS[Number(month.slice(5)) - 1]} ${month.slice(0, 4)}`;
  const sayNumber = (value) => value == null ? "–" : Math.abs(value) >= 1000
    ? Math.round(value).toLocaleString("en-GB") : String(Number(value.toPrecision(3)));
  const sayShare = (p) => p === 0 || p === 1 ? `${p * 100} %` : p < 5e-4 ? "< 0.05 %" : p > 0.9995 ? "> 99.95 %"
    : p >= 0.1 && p <= 0.99 ? `${Math.round(p * 100)} %` : `${(p * 100).toFixed(1)} %`;
  const COLORS = ["--c-blue", "--c-red", "--c-green", "--c-pink", "--c-gold", "--c-sky"];
  const color = (i) => `var(${COLORS[i % COLORS.length]})`;
  const DASHES = [null, "7 3", "2 3", "9 3 2 3"];
  const path = (points) => points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
  const nice = (high, count) => {
    const raw = high / count;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= raw * 0.999);
    const ticks = [];
    for (let tick = 0; tick <= high * 1.0001; tick += step) ticks.push(tick);
    return ticks;
  };
  /** Middles at least `gap` apart, as near to where they were wanted as that allows. */
  const apart = (wanted, gap, low, high) => {
    const placed = wanted.map((at, i) => ({ at, i })).sort((a, b) => a.at - b.at || a.i - b.i);
    placed.forEach((one, i) => { one.at = Math.max(one.at, i ? placed[i - 1].at + gap : low); });
    for (let i = placed.length - 1; i >= 0; i -= 1) {
      placed[i].at = Math.min(placed[i].at, i + 1 < placed.length ? placed[i + 1].at - gap : high);
    }
    const result = [];
    placed.forEach((one) => { result[one.i] = one.at; });
    return result;
  };
  const dayTicks = (from, to, room) => {
    const months = Math.max(1, (to - from) / 30.44);
    const most = Math.max(2, Math.floor(room / 58));
    const step = [1, 2, 3, 6, 12, 24, 60, 120].find((one) => months / one <= most) || 240;
    const ticks = [];
    const first = date(from);
    for (let m = 0; m <= months + step; m += 1) {
      const at = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + m, 1));
      const day = at.getTime() / 864e5;
      if (at.getUTCMonth() % Math.min(step, 12) === 0 && (step <= 12 || at.getUTCFullYear() % (step / 12) === 0) && day >= from && day <= to) ticks.push(day);
    }
    if (ticks.length < 2) return [from, (from + to) / 2, to].map(Math.round);
    return ticks;
  };

  /** A frame with axes; `spec` has x and y as {low, high, ticks, say, scale}, a title for y and room on the right. */
  const frame = (width, spec) => {
    const high = spec.height || (width < 560 ? 280 : 380);
    const area = { left: 52, right: width - (spec.right || 14), top: spec.top || 26, bottom: high - 34 };
    const svg = draw("svg", { viewBox: `0 0 ${width} ${high}`, width, height: high, role: "img", "aria-label": spec.label });
    const y = (value) => {
      const scale = spec.y.scale || ((v) => v);
      const share = (scale(value) - scale(spec.y.low)) / (scale(spec.y.high) - scale(spec.y.low));
      return area.bottom - Math.min(1, Math.max(0, share)) * (area.bottom - area.top);
    };
    const x = (value) => area.left + (value - spec.x.low) / (spec.x.high - spec.x.low || 1) * (area.right - area.left);
    let last = Infinity;
    for (const tick of spec.y.ticks) {
      const at = y(tick);
      if (last - at < 15 && tick !== spec.y.ticks[0]) continue;
      last = at;
      svg.append(draw("line", { x1: area.left, x2: area.right, y1: at, y2: at, stroke: "var(--grid)" }),
        draw("text", { x: area.left - 8, y: at + 4, "text-anchor": "end" }, spec.y.say(tick)));
    }
    svg.append(draw("text", { x: 4, y: 12 }, spec.y.title));
    svg.append(draw("line", { x1: area.left, x2: area.right, y1: area.bottom, y2: area.bottom, stroke: "var(--muted)" }));
    const said = spec.x.ticks.map((tick) => [x(tick), spec.x.say(tick)]);
    for (const [at, lines] of said) {
      svg.append(draw("line", { x1: at, x2: at, y1: area.bottom, y2: area.bottom + 5, stroke: "var(--muted)" }));
      // of two years that would touch, the second is written
      if (lines[1] && said.some(([next, [, year]]) => year && next > at && next - at < 56)) lines[1] = "";
      const anchor = at < area.left + 12 ? "start" : at > width - 24 ? "end" : "middle";
      lines.forEach((line, i) => line && svg.append(draw("text", { x: at, y: area.bottom + 18 + 13 * i, "text-anchor": anchor, class: i ? "strong" : null }, line)));
    }
    return { svg, area, x, y };
  };
  const sayTick = (ticks) => (day) => {
    const at = date(day);
    const first = ticks[0] === day || at.getUTCMonth() === 0;
    return [MONTHS[at.getUTCMonth()], first ? String(at.getUTCFullYear()) : ""];
  };
  const valueAt = (days, values, day) => {
    if (!days.length || day < days[0] || day > days[days.length - 1]) return null;
    let low = 0;
    let high = days.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (days[middle] <= day) low = middle;
      else high = middle;
    }
    if (values[low] == null || values[high] == null || days[high] === days[low]) return values[day >= days[high] ? high : low];
    return values[low] + (values[high] - values[low]) * (day - days[low]) / (days[high] - days[low]);
  };
  const stepAt = (steps, day) => {
    let level = null;
    for (const [from, value] of steps) if (from <= day) level = value;
    return level;
  };
  const legend = (name, i, last) => {
    const swatch = make("span", { class: "swatch", style: `color:${last ? "var(--ink)" : color(i)};border-top-style:${last ? "solid" : ["solid", "dashed", "dotted", "dashed"][Math.floor(i / COLORS.length) % 4]}`, "aria-hidden": "true" });
    return [swatch, name];
  };
  const cut = (name, most) => (name.length <= most ? name
    : `${name.slice(0, Math.ceil((most - 1) / 2))}…${name.slice(name.length - Math.floor((most - 1) / 2))}`);
  /** Room for so many letters at the ends of lines; letters of 13 are at most about 7.5 wide. */
  const roomFor = (words) => Math.min(200, 24 + 7.5 * Math.max(0, ...words.map((one) => one.length)));
  /** Lines that lie on each other take turns: dashes of one where the others are not. */
  const turns = (turn, of) => (of > 1 ? { "stroke-dasharray": `7 ${7 * (of - 1)}`, "stroke-dashoffset": -7 * turn } : {});
  /** Ends of lines, those of equal lines below each other: the name of one that is the same as that above it begins with "=". */
  const alike = (lines, same) => lines.filter((one, i) => !lines.slice(0, i).some((other) => same(one, other)))
    .flatMap((first) => lines.filter((one) => same(first, one)).map((one) => [one, one === first ? "" : "= "]));
  /** Names at the ends of lines, each joined to its own: [where it ends, words, color, dashes, strong]. */
  const named = ({ svg, area }, ends, from = area.right + 2) => {
    if (ends.length * 15 > area.bottom - area.top) return;
    const placed = apart(ends.map((one) => one[0]), 16, area.top, area.bottom);
    ends.forEach(([at, words, stroke, dashes, strong], i) => {
      svg.append(draw("line", { x1: from, x2: area.right + 12, y1: at, y2: placed[i], stroke, "stroke-width": 1.8, "stroke-dasharray": dashes }),
        draw("text", { x: area.right + 16, y: placed[i] + 4, class: strong ? "label strong" : "label", fill: "var(--ink)" }, words));
    });
  };
  // --- scenarios: what is switched off in one chart is off in all, and in the address ---
  const off = new Set((state.get("hide") || "").split("|").filter(Boolean));
  const switched = [];
  const scenarios = (names) => {
    const group = make("fieldset", {}, make("legend", {}, "Scenarios"));
    const ticks = names.map((name, i) => {
      const tick = make("input", { type: "checkbox", value: name });
      tick.addEventListener("change", () => {
        if (tick.checked) off.delete(name);
        else off.add(name);
        keep("hide", Array.from(off).join("|"));
        switched.forEach((one) => one());
      });
      group.append(make("label", {}, tick, ...legend(name, i, i + 1 === names.length)));
      return tick;
    });
    const show = () => ticks.forEach((tick) => { tick.checked = !off.has(tick.value); });
    switched.push(show);
    show();
    return group;
  };
  /** A slider that walks over a chart, the words it reads, and a line at its place; a pointer over the chart moves it too. */
  const cursor = (figure, name) => {
    const input = make("input", { type: "range" });
    const output = make("output", { class: "read", "aria-live": "polite" });
    const holder = make("div", { class: "controls" }, make("label", { class: "wide" }, name, input));
    let now = null;
    const show = () => {
      if (!now) return;
      const at = Number(input.value);
      const words = now.say(at);
      output.textContent = words;
      input.setAttribute("aria-valuetext", words);
      now.rule.setAttribute("x1", now.x(at));
      now.rule.setAttribute("x2", now.x(at));
      now.rule.setAttribute("visibility", "visible");
    };
    input.addEventListener("input", show);
    const place = (drawn, low, high, say, start) => {
      const old = input.value;
      const had = now !== null;
      input.min = low;
      input.max = high;
      input.step = 1;
      input.value = had ? old : start;
      const rule = draw("line", { class: "cursor", y1: drawn.area.top, y2: drawn.area.bottom, stroke: "var(--ink)", "stroke-dasharray": "2 2", visibility: "hidden", "pointer-events": "none" });
      drawn.svg.append(rule);
      now = { x: drawn.x, say, rule };
      drawn.svg.addEventListener("pointermove", (event) => {
        const box = drawn.svg.getBoundingClientRect();
        const share = (event.clientX - box.left) / box.width * drawn.svg.viewBox.baseVal.width;
        const at = low + (share - drawn.area.left) / (drawn.area.right - drawn.area.left) * (high - low);
        input.value = Math.round(Math.min(high, Math.max(low, at)));
        show();
      });
      if (had) show();
      else output.textContent = "";
    };
    return { holder, output, place };
  };

  const fan = (figure, data, plot) => {
    // days that follow each other are told by the first
    const spread = (days, values, step) => (typeof days === "number" ? values.map((_, i) => days + i * step) : days);
    data.historyDays = spread(data.historyDays, data.history, data.historyStep);
    data.days = spread(data.days, data.median, data.fanStep);
    const first = Math.min(data.historyDays.length ? data.historyDays[0] : data.asOf, data.asOf);
    const last = data.days.length ? data.days[data.days.length - 1] : data.asOf;
    const name = "zoom-" + figure.id.replace("chart-", "");
    const kept = (state.get(name) || "").split("..").map(Number);
    let [from, to] = kept.length === 2 && kept[1] > kept[0] ? kept : [first, last];
    const reader = cursor(figure, "Read a day");
    const zoom = make("div", { class: "controls", role: "group", "aria-label": "Zoom" });
    const box = make("div");
    plot.append(zoom, box, reader.holder, reader.output);
    const around = data.crossing ? data.crossing[0] : null;
    const ways = [["All", first, last], ["Last 90 days and the plan", data.asOf - 90, last], ["Last year", data.asOf - 365, data.asOf]];
    if (around) ways.push(["Around the crossing", around - 60, around + 60]);
    // what would show all, or next to nothing, is not offered
    const shows = ([, a, b], i) => {
      const [left, right] = [Math.max(first, a), Math.min(last, b)];
      return i === 0 || (right - left >= 7 && (left > first || right < last));
    };
    const set = (a, b) => {
      from = Math.max(first, Math.round(a));
      to = Math.min(last, Math.round(b));
      if (to - from < 7) [from, to] = [first, last];
      keep(name, from === first && to === last ? "" : `${from}..${to}`);
      redraw();
    };
    const buttons = ways.filter(shows).map(([words, a, b]) => {
      const press = make("button", { type: "button", onclick: () => set(a, b) }, words);
      press.range = [Math.max(first, a), Math.min(last, b)];
      return press;
    });
    zoom.append(...buttons, make("span", { class: "subtitle" }, "or drag over the chart"));
    const say = (day) => {
      const parts = [];
      if (day <= data.asOf) {
        // a thinned history holds the highest of its steps
        let at = -1;
        data.historyDays.forEach((one, i) => { if (one <= day) at = i; });
        const level = at < 0 ? null : data.history[at];
        parts.push(level == null ? "no data" : `demand ${sayNumber(level)}${data.historyStep > 1 ? ` (highest of ${data.historyStep} days)` : ""}`);
      } else {
        parts.push(`median future ${sayNumber(valueAt(data.days, data.median, day))}`);
        if (data.fanStep > 1) parts.push(`each the highest of ${data.fanStep} days`);
        for (const [covers, low, high] of data.bands) {
          parts.push(`${Math.round(covers * 100)} %: ${sayNumber(valueAt(data.days, low, day))} to ${sayNumber(valueAt(data.days, high, day))}`);
        }
      }
      const line = stepAt(data.line, day);
      if (line != null) parts.push(`safe-load line ${sayNumber(line)}`);
      const capacity = stepAt(data.capacity, day);
      if (capacity != null) parts.push(`capacity ${sayNumber(capacity)}`);
      return `${sayDay(day)}: ${parts.join("; ")} [${data.unit}]`;
    };
    const redraw = () => {
      buttons.forEach((press) => press.setAttribute("aria-pressed", String(press.range[0] === from && press.range[1] === to)));
      const width = Math.max(300, plot.clientWidth);
      const wide = width >= 640;
      const within = (days, values) => values.filter((value, i) => value != null && days[i] >= from && days[i] <= to);
      const drawnLines = [...data.line, ...data.capacity].map((step) => step[1]);
      const most = Math.max(...drawnLines, ...within(data.historyDays, data.history), 0);
      const ahead = Math.max(0, ...data.bands.flatMap(([, , high]) => within(data.days, high)));
      const high = Math.max(most, Math.min(ahead, 3 * most)) * 1.06 || 1;
      const ticks = dayTicks(from, to, width - 70);
      const rows = Math.min(4, data.markers.length);
      const drawn = frame(width, {
        label: `${figure.querySelector("figcaption strong").textContent} ${sayDay(from)} to ${sayDay(to)}; values can be read with the slider below`,
        right: wide ? 122 : 14, top: 26 + rows * 16, height: width < 560 ? 300 : 400,
        x: { low: from, high: to, ticks, say: sayTick(ticks) },
        y: { low: 0, high, ticks: nice(high, 5), say: sayNumber, title: data.unit },
      });
      const { svg, area, x, y } = drawn;
      const clip = `clip-${figure.id}`;
      svg.append(draw("clipPath", { id: clip }, draw("rect", { x: area.left, y: area.top - 2, width: area.right - area.left, height: area.bottom - area.top + 4 })));
      const inside = draw("g", { "clip-path": `url(#${clip})` });
      svg.append(inside);
      data.bands.forEach(([, low, upper], i) => {
        // the band of one day is as wide as a mark
        const wide = data.days.length === 1 ? [-5, 5] : [0];
        const up = data.days.flatMap((day, k) => wide.map((dx) => [x(day) + dx, y(upper[k])]));
        const down = data.days.flatMap((day, k) => wide.map((dx) => [x(day) + dx, y(low[k])])).reverse();
        inside.append(draw("path", { d: path(up.concat(down)) + "Z", fill: "var(--c-blue)", "fill-opacity": [0.14, 0.2, 0.3][i] || 0.3 }));
      });
      let run = [];
      const flush = () => {
        if (run.length) inside.append(draw("path", { d: path(run) + (run.length > 1 ? "" : "h.01"), fill: "none", stroke: "var(--ink)", "stroke-width": 1.1, "stroke-linecap": "round" }));
        run = [];
      };
      data.historyDays.forEach((day, i) => (data.history[i] == null ? flush() : run.push([x(day), y(data.history[i])])));
      flush();
      const middle = data.days.map((day, i) => [x(day), y(data.median[i])]);
      inside.append(draw("path", { d: path(middle), fill: "none", stroke: "var(--c-blue)", "stroke-width": 2 }));
      const stairs = (steps) => steps.flatMap(([day, level], i) => [[x(day), y(level)], [x(i + 1 < steps.length ? steps[i + 1][0] : last), y(level)]]);
      if (data.capacity.length) inside.append(draw("path", { d: path(stairs(data.capacity)), fill: "none", stroke: "var(--muted)", "stroke-width": 1.4, "stroke-dasharray": "6 4" }));
      if (data.line.length) inside.append(draw("path", { d: path(stairs(data.line)), fill: "none", stroke: "var(--c-red)", "stroke-width": 2.4 }));
      if (data.asOf > from && data.asOf < to) {
        svg.append(draw("line", { x1: x(data.asOf), x2: x(data.asOf), y1: area.top, y2: area.bottom, stroke: "var(--muted)", "stroke-dasharray": "2 3" }),
          draw("text", { x: x(data.asOf) - 5, y: area.bottom - 8, "text-anchor": "end", class: "halo" }, "data end"));
      }
      // each label in the first row where it meets no other, and its line strikes out none below; what has no room keeps its line
      const taken = Array.from({ length: rows }, () => []);
      data.markers.filter(([day]) => day >= from && day <= to).forEach(([day, label]) => {
        const at = x(day);
        const words = `${label}, ${sayDay(day)}`;
        const long = 7 * words.length;
        const left = at + long > width;
        const [a, b] = left ? [at - 4 - long, at - 4] : [at + 4, at + 4 + long];
        const meets = ([c, d]) => a < d + 4 && c < b + 4;
        const through = (line, c, d) => c - 2 < line && line < d + 2;
        const strikes = (row) => taken.slice(row).some((below) => below.some(([c, d]) => through(at, c, d)))
          || taken.slice(0, row + 1).some((above) => above.some(([, , line]) => through(line, a, b)));
        const row = wide && a > 4 ? taken.findIndex((others, one) => !others.some(meets) && !strikes(one)) : -1;
        const top = row < 0 ? area.top - 6 : 26 + 16 * row;
        svg.append(draw("line", { x1: at, x2: at, y1: row < 0 ? top + 4 : top - 9, y2: area.bottom, stroke: "var(--grid)" }, draw("title", {}, words)));
        if (row < 0) return;
        taken[row].push([a, b, at]);
        svg.append(draw("text", { x: at + (left ? -4 : 4), y: top, "text-anchor": left ? "end" : "start", class: "halo" }, words));
      });
      if (data.crossing && data.crossing[0] >= from && data.crossing[0] <= to) {
        const [day, level] = data.crossing;
        const left = x(day) > area.right - 110;
        svg.append(draw("line", { x1: x(day), x2: x(day), y1: y(level), y2: area.bottom, stroke: "var(--c-red)" }),
          draw("circle", { cx: x(day), cy: y(level), r: 6, fill: "var(--c-red)" }),
          draw("text", { x: x(day) + (left ? -8 : 8), y: area.bottom - 24, "text-anchor": left ? "end" : "start", class: "label strong halo", fill: "var(--act)" }, sayDay(day)));
      }
      const end = (steps) => (steps.length ? y(stepAt(steps, to) ?? steps[steps.length - 1][1]) : null);
      const eighty = data.bands.find((band) => band[0] === 0.8);
      const labels = [
        [end(data.line), "safe-load line", "var(--act)"], [end(data.capacity), "capacity", "var(--muted)"],
        [to > data.asOf ? y(valueAt(data.days, data.median, to)) : null, "median future", "var(--link)"],
        [to > data.asOf && eighty ? y(valueAt(data.days, eighty[2], to)) : null, "9 of 10 below", "var(--link)"],
      ].filter((one) => one[0] != null);
      if (wide) {
        const placed = apart(labels.map((one) => one[0]), 17, area.top, area.bottom);
        labels.forEach(([at, words, fill], i) => {
          if (Math.abs(placed[i] - at) > 5) svg.append(draw("line", { x1: area.right + 1, x2: area.right + 6.5, y1: at, y2: placed[i], stroke: fill }));
          svg.append(draw("text", { x: area.right + 8, y: placed[i] + 4, class: "label", fill }, words));
        });
      }
      if (ahead > high) {
        svg.append(draw("line", { x1: Math.max(area.left, x(data.asOf)), x2: area.right, y1: area.top, y2: area.top, stroke: "var(--muted)", "stroke-dasharray": "3 3" }),
          draw("text", { x: area.right - 4, y: area.top + 15, "text-anchor": "end", class: "halo cut" }, `cut here: the 95 % band goes on to ${sayNumber(ahead)} ${data.unit}`));
      }
      brush(drawn, from, to, set);
      svg.addEventListener("dblclick", () => set(first, last));
      box.replaceChildren(svg);
      if (!wide) box.append(make("p", { class: "footer" }, "red: safe-load line; dashed: capacity; blue: median future with bands of 50, 80 and 95 %; black: history"));
      reader.place(drawn, from, to, say, around && around >= from && around <= to ? around : Math.round((from + to) / 2));
    };
    return redraw;
  };
  /** Dragging over a chart chooses a stretch of it. */
  const brush = (drawn, low, high, chosen) => {
    const { svg, area } = drawn;
    const at = (event) => {
      const box = svg.getBoundingClientRect();
      const px = (event.clientX - box.left) / box.width * svg.viewBox.baseVal.width;
      return Math.min(area.right, Math.max(area.left, px));
    };
    const day = (px) => low + (px - area.left) / (area.right - area.left) * (high - low);
    let start = null;
    const shade = draw("rect", { y: area.top, height: area.bottom - area.top, width: 0, fill: "var(--c-gold)", "fill-opacity": 0.25, "pointer-events": "none" });
    svg.append(shade);
    svg.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || event.pointerType === "touch") return;
      start = at(event);
      svg.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    svg.addEventListener("pointermove", (event) => {
      if (start === null) return;
      shade.setAttribute("x", Math.min(start, at(event)));
      shade.setAttribute("width", Math.abs(at(event) - start));
    });
    svg.addEventListener("pointerup", (event) => {
      if (start === null) return;
      const [a, b] = [start, at(event)].sort((one, two) => one - two);
      start = null;
      shade.setAttribute("width", 0);
      if (b - a > 6) chosen(day(a), day(b));
    });
  };

  const root2 = (p) => Math.sqrt(Math.max(0, p));
  const RISKS = [0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1];
  const risk = (figure, data, plot) => {
    const reader = cursor(figure, "Read a month");
    const box = make("div");
    // of one pool, or of the one that is picked
    const only = figure.dataset.pool;
    const pick = make("select", {}, make("option", { value: "" }, "the worst pool of each month"));
    data.pools.forEach((pool) => pick.append(make("option", { value: pool }, pool)));
    const wanted = only || state.get("pool");
    pick.value = data.pools.includes(wanted) ? wanted : "";
    pick.addEventListener("change", () => { keep("pool", pick.value); redraw(); });
    const switches = make("div", { class: "controls" }, scenarios(data.names));
    if (!only) plot.append(make("div", { class: "controls" }, make("label", {}, "Pool ", pick)));
    plot.append(switches, box, reader.holder, reader.output);
    switched.push(() => redraw());
    let known = 300;
    const redraw = () => {
      // switched elsewhere while this is folded, it has no width of its own
      known = Math.max(300, plot.clientWidth || known);
      const width = known;
      const at = data.pools.indexOf(pick.value);
      const lines = data.names.map((name, i) => [name, at < 0 ? data.worst[i] : data.each[at][i], i]).filter(([name, line]) => line && !off.has(name));
      const most = Math.min(1, Math.max(2 * data.accepted, ...lines.flatMap(([, [p, se]]) => p.map((one, m) => one + 2 * se[m]))));
      const wide = width >= 640;
      switches.classList.toggle("legend", !wide);
      const rows = all("tr[data-scenario]", figure);
      rows.forEach((row) => row.classList.toggle("off", off.has(row.dataset.scenario)));
      // the rule of the plan may bound something else
      const ruled = data.accepted !== null;
      const accepted = ruled ? `accepted ${sayShare(data.accepted)}` : "";
      const words = (name) => cut(name, 22);
      const count = data.months.length;
      const every = Math.ceil(count / Math.max(2, Math.floor((width - 70) / 40)));
      const drawn = frame(width, {
        label: `Risk of a shortfall by month, ${pick.selectedOptions[0].textContent}; values can be read with the slider below`,
        right: wide ? roomFor([accepted, ...lines.map(([name]) => `= ${words(name)}`)]) : 14,
        x: { low: -0.5, high: count - 0.5, ticks: data.months.map((_, m) => m).filter((m) => m % every === 0),
          say: (m) => [MONTHS[Number(data.months[m].slice(5)) - 1], m === 0 || data.months[m].endsWith("-01") ? data.months[m].slice(0, 4) : ""] },
        y: { low: 0, high: most, scale: root2, ticks: RISKS.filter((tick) => tick <= most * 1.0001), say: (p) => `${Number((p * 100).toPrecision(3))} %`, title: "P(shortfall in the month), root scale" },
      });
      const { svg, area, x, y } = drawn;
      if (ruled) svg.append(draw("line", { x1: area.left, x2: area.right, y1: y(data.accepted), y2: y(data.accepted), stroke: "var(--ink)", "stroke-dasharray": "5 4" }));
      for (const [name, [p, se], i] of lines) {
        const last = i + 1 === data.names.length;
        const stroke = last ? "var(--ink)" : color(i);
        const group = draw("g", {}, draw("title", {}, name));
        p.forEach((one, m) => group.append(draw("line", { x1: x(m), x2: x(m), y1: y(one - 2 * se[m]), y2: y(Math.min(1, one + 2 * se[m])), stroke, "stroke-opacity": 0.5 }),
          draw("circle", { cx: x(m), cy: y(one), r: 2.8, fill: stroke })));
        const drawing = { fill: "none", stroke, "stroke-width": last ? 2.6 : 1.9, "stroke-dasharray": last ? null : DASHES[Math.floor(i / COLORS.length) % 4] };
        const runs = [[[x(0), y(p[0] ?? 0)]]];
        p.slice(1).forEach((one, m) => {
          const near = ([, [other]]) => Math.abs(y(other[m]) - y(p[m])) < 0.75 && Math.abs(y(other[m + 1]) - y(one)) < 0.75;
          const together = lines.filter(near);
          const piece = [[x(m), y(p[m])], [x(m + 1), y(one)]];
          if (together.length < 2) runs[runs.length - 1].push(piece[1]);
          else {
            runs.push([piece[1]]);
            group.append(draw("path", { ...drawing, d: path(piece), ...turns(together.findIndex((other) => other[2] === i), together.length) }));
          }
        });
        runs.filter((run) => run.length > 1).forEach((run) => group.append(draw("path", { ...drawing, d: path(run) })));
        svg.append(group);
      }
      if (wide) {
        const same = ([, [one]], [, [other]]) => one.every((p, m) => p === other[m]);
        const ends = alike(lines, same).map(([[name, [p], i], equal]) => [y(p[p.length - 1] ?? 0), equal + words(name), i + 1 === data.names.length ? "var(--ink)" : color(i),
          i + 1 === data.names.length ? null : DASHES[Math.floor(i / COLORS.length) % 4], i + 1 === data.names.length]);
        named(drawn, [...ends, ...(ruled ? [[y(data.accepted), accepted, "var(--ink)", "3 2", false]] : [])], x(count - 1) + 5);
      } else if (ruled) svg.append(draw("text", { x: area.right, y: y(data.accepted) - 6, "text-anchor": "end", class: "halo" }, accepted));
      box.replaceChildren(svg);
      const say = (m) => `${sayMonth(data.months[m])}: ${lines.map(([name, [p, se]]) => `${name} ${sayShare(p[m])} ± ${(se[m] * 100).toFixed(1)}`).join("; ")} (± 1 standard error)`;
      reader.place({ ...drawn, x, area: { ...area } }, 0, count - 1, say, Math.floor(count / 2));
    };
    return redraw;
  };

  const exhaustion = (figure, data, plot) => {
    const reader = cursor(figure, "Read a day");
    const box = make("div");
    const names = make("div", { class: "controls" });
    // a curve begins at none, and stays where it ended
    const shareBy = (days, p, day) => {
      let share = 0;
      for (let k = 0; k < days.length && days[k] <= day; k += 1) share = p[k];
      return share;
    };
    const half = ([, days, p]) => days[p.findIndex((share) => share >= 0.5)];
    const never = ([, , p]) => 1 - (p.length ? p[p.length - 1] : 0);
    data.curves.forEach(([name], i) => names.append(make("span", {}, ...legend(name, i, false).flatMap((one) => [one, " "]))));
    plot.append(names, box, reader.holder, reader.output);
    return () => {
      const width = Math.max(300, plot.clientWidth);
      const wide = width >= 640;
      names.hidden = wide;
      names.classList.toggle("legend", !wide);
      const words = (curve) => `${cut(curve[0], 18)}: never ${sayShare(never(curve))}`;
      const right = wide ? roomFor(data.curves.map((curve) => `= ${words(curve)}`)) : 14;
      const ticks = dayTicks(data.today, data.horizon, width - right - 56);
      const drawn = frame(width, {
        label: figure.querySelector("figcaption strong").textContent + "; values can be read with the slider below",
        right,
        x: { low: data.today, high: data.horizon, ticks, say: sayTick(ticks) },
        y: { low: 0, high: 1, ticks: [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1], say: (p) => `${Math.round(p * 100)} %`, title: "P(crossed by then)" },
      });
      const { svg, area, x, y } = drawn;
      svg.append(draw("line", { x1: area.left, x2: area.right, y1: y(0.5), y2: y(0.5), stroke: "var(--muted)", "stroke-dasharray": "3 3" }));
      const dashes = (i) => DASHES[Math.floor(i / COLORS.length) % 4];
      const same = ([, days, p], [, otherDays, other]) => p.length === other.length && p.every((share, k) => share === other[k] && days[k] === otherDays[k]);
      data.curves.forEach((curve, i) => {
        const [name, days, p] = curve;
        const steps = [[x(data.today), y(0)]];
        days.forEach((day, k) => steps.push([x(day), y(k ? p[k - 1] : 0)], [x(day), y(p[k])]));
        steps.push([x(data.horizon), y(p.length ? p[p.length - 1] : 0)]);
        const together = data.curves.filter((other) => same(curve, other));
        svg.append(draw("path", { d: path(steps), fill: "none", stroke: color(i), "stroke-width": 2.2, "stroke-dasharray": dashes(i), ...turns(together.indexOf(curve), together.length) }, draw("title", {}, name)));
        const middle = half(curve);
        if (middle != null) svg.append(draw("circle", { cx: x(middle), cy: y(0.5), r: 4.5, fill: color(i) }));
      });
      if (wide) named(drawn, alike(data.curves, same).map(([curve, equal]) => [curve, equal, data.curves.indexOf(curve)])
        .map(([curve, equal, i]) => [y(1 - never(curve)), equal + words(curve), color(i), dashes(i), false]));
      box.replaceChildren(svg);
      const say = (day) => `${sayDay(day)}: ${data.curves.map(([name, days, p]) => `${name} ${sayShare(shareBy(days, p, day))}`).join("; ")}`;
      reader.place(drawn, data.today, data.horizon, say, Math.round((data.today + data.horizon) / 2));
    };
  };

  const costRisk = (figure, data, plot) => {
    const box = make("div");
    const told = make("output", { class: "read", "aria-live": "polite" });
    const slider = make("input", { type: "range", min: 0, max: Math.max(0, data.frontier.length - 1), step: 1 });
    const recommended = data.frontier.findIndex((point) => point.recommended);
    const asked = state.get("accept");
    slider.value = asked != null && data.frontier[Number(asked)] ? asked : Math.max(0, recommended);
    const control = make("div", { class: "controls" }, make("label", { class: "wide" }, "More risk, less money ", slider, " less risk, more money"));
    plot.append(box, ...(data.frontier.length > 1 ? [control] : []), told);
    const money = (amount) => `${data.currency} ${Math.round(amount).toLocaleString("en-GB")}`;
    const redraw = () => {
      const width = Math.max(300, plot.clientWidth);
      const all = data.points;
      const dearest = Math.max(0, ...all.map((point) => point[1]), ...data.frontier.map((point) => point.cost));
      const high = dearest > 0 ? dearest * 1.08 : 1;
      const most = Math.min(1, Math.max(2 * data.accepted, ...all.map((point) => point[2] + 2 * point[3])));
      const ruled = data.accepted !== null;
      const accepted = ruled ? `accepted ${sayShare(data.accepted)}` : "";
      const wide = width >= 640;
      const money2 = (amount) => amount >= 1e6 ? `${Number((amount / 1e6).toPrecision(3))} M` : amount >= 1e4 ? `${Number((amount / 1e3).toPrecision(3))} k` : String(Math.round(amount));
      const drawn = frame(width, {
        label: "Cost of orders against the worst month's risk, a point a plan; the slider below names the plans on the frontier",
        right: wide ? roomFor([accepted]) : 14,
        x: { low: -0.02 * high, high, ticks: dearest > 0 ? nice(high, width < 560 ? 3 : 6) : [0], say: (tick) => [money2(tick), ""] },
        y: { low: 0, high: most, scale: root2, ticks: RISKS.filter((tick) => tick <= most * 1.0001), say: (p) => `${Number((p * 100).toPrecision(3))} %`, title: `worst month's risk, root scale, by cost of orders [${data.currency}]` },
      });
      const { svg, area, x, y } = drawn;
      if (ruled) svg.append(draw("line", { x1: area.left, x2: area.right, y1: y(data.accepted), y2: y(data.accepted), stroke: "var(--ink)", "stroke-dasharray": "5 4" }));
      svg.append(draw("path", { d: path(data.frontier.map((point) => [x(point.cost), y(point.risk)])), fill: "none", stroke: "var(--c-blue)", "stroke-opacity": 0.5, "stroke-width": 1.5 }));
      for (const [name, cost, p, se] of all) {
        const chosen = name === data.chosen;
        const words = `${name || "on the frontier"}: ${money(cost)}, ${sayShare(p)} ± ${(se * 100).toFixed(1)} (standard error)`;
        const dot = draw("g", { class: "point" }, draw("title", {}, words),
          draw("line", { x1: x(cost), x2: x(cost), y1: y(p - 2 * se), y2: y(Math.min(1, p + 2 * se)), stroke: chosen ? "var(--c-red)" : "var(--c-blue)" }),
          draw("circle", { cx: x(cost), cy: y(p), r: chosen ? 7 : 4.5, fill: chosen ? "var(--c-red)" : "var(--c-blue)" }));
        dot.addEventListener("pointerenter", () => { told.textContent = words; });
        svg.append(dot);
      }
      if (ruled) svg.append(draw("text", wide ? { x: area.right + 8, y: y(data.accepted) + 4 } : { x: area.right, y: y(data.accepted) - 6, "text-anchor": "end", class: "halo" }, accepted));
      const point = data.frontier[Number(slider.value)];
      if (point) {
        const label = `${money(point.cost)}, ${sayShare(point.risk)}`;
        // where no point, no bar and no rule is; bold letters of 13 are about 7.4 wide
        const wide = 7.4 * label.length;
        const here = [x(point.cost), y(point.risk)];
        const bars = all.map(([name, cost, p, se]) => [x(cost), y(Math.min(1, p + 2 * se)), y(Math.max(0, p - 2 * se)), name === data.chosen ? 7 : 4.5]);
        const free = ([left, dy]) => {
          const from = left ? here[0] - 15 - wide : here[0] + 15;
          const base = here[1] + dy;
          return from >= area.left && from + wide <= area.right && base - 14 >= area.top && base + 5 <= area.bottom
            && (!ruled || base + 5 < y(data.accepted) - 18 || base - 11 > y(data.accepted) + 2)
            && !bars.some(([at, top, bottom, r]) => at + r > from - 3 && at - r < from + wide + 3
              && bottom + 1 > base - 13 && top - 1 < base + 5);
        };
        const places = [-9, 18, -24, 33, -40, 48, -60, 66, -80, 86, -110, 116].flatMap((dy) => [[false, dy], [true, dy]]);
        const [left, dy] = places.find(free) || [here[0] > area.right - 190, -9];
        svg.append(draw("circle", { cx: here[0], cy: here[1], r: 10, fill: "none", stroke: "var(--ink)", "stroke-width": 2 }),
          draw("text", { x: here[0] + (left ? -15 : 15), y: here[1] + dy, class: "label strong halo", "text-anchor": left ? "end" : "start", fill: "var(--ink)" }, label));
        const base = data.frontier[recommended];
        const more = base ? Math.round(point.cost - base.cost) : 0;
        const against = !base || point.recommended ? " This is the recommended plan." : more === 0 ? "" : ` ${money(Math.abs(more))} ${more > 0 ? "more" : "less"} than the recommended plan.`;
        const words = `Cheapest plan that keeps a risk of ${point.accepted} a month: ${money(point.cost)}, worst month ${point.riskWords} ± ${(point.riskSe * 100).toFixed(1)} (standard error), ${point.minutes} ± ${point.minutesSe} minutes over the line.${against}`;
        slider.setAttribute("aria-valuetext", words);
        told.replaceChildren(words + " ", make("a", { href: "#" + point.row }, "row"));
      }
      box.replaceChildren(svg);
    };
    slider.addEventListener("input", () => { keep("accept", Number(slider.value) === recommended ? "" : slider.value); redraw(); });
    return redraw;
  };

  /** Values of a drawing made by the program: a pointer over it reads them, and a slider walks through them. */
  const still = (figure) => {
    const spots = dataOf(figure);
    const svg = figure.querySelector("svg");
    if (!spots || !svg || figure.dataset.read) return;
    figure.dataset.read = "yes";
    const input = make("input", { type: "range", min: 0, max: spots.length - 1, step: 1, value: 0, "aria-valuetext": spots[0][4] });
    const output = make("output", { class: "read", "aria-live": "polite" });
    figure.append(make("div", { class: "controls" }, make("label", { class: "wide" }, "Read a value", input)), output);
    // the drawing counts in units of its own, spots in those of its width
    const unit = svg.viewBox.baseVal.width / Number(svg.getAttribute("width"));
    const ring = draw("rect", { class: "spot", fill: "none", stroke: "var(--ink)", "stroke-width": 2 * unit, visibility: "hidden", "pointer-events": "none" });
    svg.append(ring);
    const show = (at) => {
      const [left, top, right, bottom, words] = spots[at];
      input.value = at;
      input.setAttribute("aria-valuetext", words);
      output.textContent = words;
      for (const [name, value] of [["x", left], ["y", top], ["width", right - left], ["height", bottom - top]]) ring.setAttribute(name, value * unit);
      ring.setAttribute("visibility", "visible");
    };
    input.addEventListener("input", () => show(Number(input.value)));
    const size = ([left, top, right, bottom]) => (right - left) * (bottom - top);
    svg.addEventListener("pointermove", (event) => {
      const box = svg.getBoundingClientRect();
      const x = (event.clientX - box.left) / box.width * svg.viewBox.baseVal.width / unit;
      const y = (event.clientY - box.top) / box.height * svg.viewBox.baseVal.height / unit;
      let best = -1;
      spots.forEach((spot, at) => {
        const inside = x >= spot[0] && x <= spot[2] && y >= spot[1] && y <= spot[3];
        if (inside && (best < 0 || size(spot) < size(spots[best]))) best = at;
      });
      if (best >= 0 && output.textContent !== spots[best][4]) show(best);
    });
  };
  const kinds = { fan, risk, exhaustion, "cost-risk": costRisk };
  const redraws = new Map();
  // what many figures are drawn from is read once
  const shared = new Map();
  const sharedOf = (id) => {
    if (!shared.has(id)) shared.set(id, $(id) ? dataOf($(id)) : null);
    return shared.get(id);
  };
  const plotted = (figure) => {
    if (redraws.has(figure)) return;
    const plot = figure.querySelector(".plot");
    const data = figure.dataset.of ? sharedOf(figure.dataset.of) : dataOf(figure);
    if (!data) return;
    const redraw = kinds[data.kind](figure, data, plot);
    redraws.set(figure, redraw);
    redraw();
    let width = plot.clientWidth;
    new ResizeObserver(() => {
      if (plot.clientWidth && plot.clientWidth !== width) {
        width = plot.clientWidth;
        redraw();
      }
    }).observe(plot);
  };
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) {
        seen.unobserve(entry.target);
        plotted(entry.target);
      }
    }
  }, { rootMargin: "300px" });
  const watch = (within) => {
    all("figure.live", within).forEach((figure) => seen.observe(figure));
    all("figure.still", within).forEach(still);
  };
  watch(document);
  const few = order.length <= 60;
  const beforePrint = () => {
    // what must be read: the evidence of each pool where there are few, and every chart
    if (few) all("details.evidence").forEach((one) => { one.open = true; });
    all("details.exactly").forEach((one) => { one.open = true; });
    all("figure.live").forEach((figure) => {
      if (figure.closest("details:not([open])")) return;
      plotted(figure);
      redraws.get(figure)?.();
    });
  };
  addEventListener("beforeprint", beforePrint);
  all("details.table[open]").forEach((one) => opened(one));
  go();
})();
