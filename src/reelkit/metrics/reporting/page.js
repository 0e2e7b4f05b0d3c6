"use strict";
(() => {
  const root = document.documentElement;
  const all = (what, from = document) => [...from.querySelectorAll(what)];
  const make = (tag, fields = {}, ...inside) => {
    const node = Object.assign(document.createElement(tag), fields);
    node.append(...inside);
    return node;
  };

  // Theme: the system's until somebody chooses; remembered where the browser lets a page remember.
  const theme = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const named = () => {
    theme.textContent = dark() ? "Light" : "Dark";
    theme.setAttribute("aria-label", `Switch to the ${dark() ? "light" : "dark"} theme`);
  };
  const remember = (value) => { try { localStorage.setItem("reel-theme", value); } catch { /* a page from a file may not */ } };
  try {
    const kept = localStorage.getItem("reel-theme");
    if (kept === "dark" || kept === "light") root.dataset.theme = kept;
  } catch { /* likewise */ }
  theme.hidden = false;
  named();
  system.addEventListener("change", named);
  theme.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    remember(root.dataset.theme);
    named();
  });

  // Clips: a still is a button; once played, the browser's own controls take over.
  const start = (video) => {
    const cover = video.parentElement.querySelector(".play");
    if (cover) cover.hidden = true;
    video.controls = true;
    return video.play().catch((error) => {
      if (error.name === "AbortError") return;
      video.controls = false;
      if (cover) cover.hidden = false;
      video.parentElement.title = "This clip cannot be played; is the media folder where it was?";
    });
  };
  for (const video of all("video")) {
    const cover = make("button", { type: "button", className: "play" });
    cover.setAttribute("aria-label", `Play ${video.getAttribute("aria-label")}`);
    cover.addEventListener("click", () => { start(video); video.focus(); });
    video.controls = false;
    video.after(cover);
    video.addEventListener("ended", () => {
      const focused = document.activeElement === video;
      video.controls = false;
      cover.hidden = false;
      if (focused) cover.focus();
    });
  }

  // Runs side by side: start together, and pull back whoever drifts from the first.
  const DRIFT = 0.08;
  for (const button of all("button.together")) {
    const videos = all("video", button.closest(".shot"));
    if (videos.length < 2) continue;
    const label = (playing) => {
      button.textContent = playing ? "Pause together" : "Play together";
      button.setAttribute("aria-label", `${button.textContent}, ${button.dataset.shot}`);
    };
    const [lead, ...others] = videos;
    let together = false;
    const loaded = (video) => video.readyState >= 2 ? Promise.resolve() : new Promise((done) => {
      video.addEventListener("loadeddata", done, { once: true });
      video.addEventListener("error", done, { once: true });
      video.load();
    });
    button.hidden = false;
    label(false);
    button.addEventListener("click", async () => {
      if (together) {
        together = false;
        videos.forEach((video) => video.pause());
        label(false);
        return;
      }
      together = true;
      label(true);
      videos.forEach((video) => { video.preload = "auto"; });
      await Promise.all(videos.map(loaded));
      if (!together) return;
      const from = videos.some((video) => video.ended) ? 0 : lead.currentTime;
      videos.forEach((video) => { if (Math.abs(video.currentTime - from) > DRIFT) video.currentTime = from; });
      await Promise.all(videos.map(start));
    });
    lead.addEventListener("timeupdate", () => {
      if (!together) return;
      for (const video of others) {
        if (!video.ended && !video.paused && Math.abs(video.currentTime - lead.currentTime) > DRIFT) video.currentTime = lead.currentTime;
      }
    });
    const over = () => { if (together && videos.every((video) => video.paused || video.ended)) { together = false; label(false); } };
    videos.forEach((video) => { video.addEventListener("ended", over); video.addEventListener("pause", over); });
  }

  // Tables: a button in each head; what was not measured stands last either way.
  const sortable = (table) => {
    all("thead th", table).forEach((head, column) => {
      if (![...table.tBodies[0].rows].some((row) => row.children[column].dataset.key !== undefined)) return;
      const button = make("button", { type: "button" }, ...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => sort(table, head));
    });
  };
  const sort = (table, head) => {
    const column = [...head.parentElement.children].indexOf(head);
    const numeric = head.classList.contains("num");
    const first = numeric ? "descending" : "ascending";
    const way = head.getAttribute("aria-sort") === first ? (numeric ? "ascending" : "descending") : first;
    all("thead th", table).forEach((each) => each.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", way);
    const sign = way === "ascending" ? 1 : -1;
    const key = (row) => row.children[column].dataset.key;
    const body = table.tBodies[0];
    const rows = [...body.rows].sort((one, other) => {
      const [a, b] = [key(one), key(other)];
      if (a === undefined || b === undefined) return (a === undefined) - (b === undefined);
      return sign * (numeric ? a - b : a.localeCompare(b, "en", { numeric: true }));
    });
    body.append(...rows);
  };
  all("table.sortable:not(#barred)").forEach(sortable);

  // Filter: the contact sheet, the bars and the table of shots.
  const filter = document.getElementById("filter");
  let kept = null;
  const sift = () => all("tr", document).forEach((row) => {
    const link = row.querySelector('th[scope="row"] a[href^="#shot-"]');
    if (link && row.closest(".filtered, #barred")) row.hidden = kept !== null && !kept.has(link.getAttribute("href").slice(1));
  });
  if (filter) {
    filter.parentElement.hidden = false;
    filter.addEventListener("input", () => {
      const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
      const cards = all(".shot");
      const matching = cards.filter((card) => words.every((word) => card.dataset.text.includes(word)));
      kept = words.length ? new Set(matching.map((card) => card.id)) : null;
      cards.forEach((card) => { card.hidden = kept !== null && !kept.has(card.id); });
      all(".scene").forEach((scene) => { scene.hidden = !scene.querySelector(".shot:not([hidden])"); });
      document.getElementById("found").textContent = words.length ? `${matching.length} of ${cards.length} shots` : "";
      sift();
    });
  }

  // Bars.
  const chart = document.getElementById("chart");
  if (!chart) return;
  const scores = JSON.parse(document.getElementById("bar-values").textContent);
  if (!scores.metrics.length) return;
  const select = document.getElementById("metric");
  const groups = new Map();
  scores.metrics.forEach((metric, index) => {
    if (!groups.has(metric.family)) groups.set(metric.family, make("optgroup", { label: metric.family }));
    groups.get(metric.family).append(make("option", { value: index, textContent: metric.name.replaceAll("_", " ") }));
  });
  select.append(...groups.values());
  const shape = (name, fields, ...inside) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    Object.entries(fields).forEach(([field, value]) => node.setAttribute(field, value));
    node.append(...inside);
    return node;
  };
  const number = (value) => {
    const size = Math.abs(value);
    if (value === 0) return "0";
    if (size >= 10000 || size < 0.0005) return value.toPrecision(3).replace("-", "−");
    return value.toFixed(size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 3).replace("-", "−");
  };
  const draw = () => {
    const metric = scores.metrics[select.value];
    const seen = metric.values.flat().filter((value) => value !== null);
    const [least, most] = [seen.reduce((a, b) => Math.min(a, b), Infinity), seen.reduce((a, b) => Math.max(a, b), -Infinity)];
    const [low, high] = [Math.min(0, least), Math.max(0, most)];
    const span = high - low || 1;
    const colour = (value) => {
      if (!metric.better || most === least) return "";
      const share = (value - least) / (most - least);
      return `g${Math.min(4, Math.floor((metric.better > 0 ? share : 1 - share) * 5))}`;
    };
    const bar = (value) => {
      if (value === null) return make("div", { className: "gap" });
      const [from, to] = [Math.min(0, value), Math.max(0, value)].map((end) => (end - low) / span * 100);
      return shape("svg", { viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" },
        shape("rect", { class: "zero", x: 0, y: 2.7, width: 100, height: 0.6 }),
        shape("rect", { class: colour(value), x: from, y: 0, width: Math.max(to - from, 0.3), height: 6 }));
    };
    const ways = { 1: "higher is better", "-1": "lower is better", 0: "no direction" };
    document.getElementById("about").textContent =
      `${metric.about ? metric.about + ". " : ""}In ${metric.unit || "its own unit"}, ${ways[metric.better]}; bars start at zero${metric.better ? ", colours run from the worst to the best of these shots" : ""}.`;
    const head = make("tr", {}, make("th", { scope: "col", textContent: "shot" }), make("th", { scope: "col", textContent: "bar" }));
    for (const label of scores.runs) head.append(make("th", { scope: "col", className: "num", textContent: scores.runs.length > 1 ? label : "value" }));
    const rows = scores.shots.map(([id, place], index) => {
      const found = metric.values.map((column) => column[index]);
      const name = make("th", { scope: "row" }, make("a", { href: `#${place}`, textContent: id }));
      name.dataset.key = id;
      const bars = make("td", {}, ...found.map(bar));
      if (found[0] !== null) bars.dataset.key = found[0];
      const cells = found.map((value) => {
        if (value === null) return make("td", { className: "none", textContent: "not measured" });
        const cell = make("td", { className: "num", textContent: number(value) });
        cell.dataset.key = value;
        return cell;
      });
      return make("tr", {}, name, bars, ...cells);
    });
    const table = document.getElementById("barred");
    table.replaceChildren(
      make("caption", { textContent: `${metric.name.replaceAll("_", " ")}, ${metric.unit}` }),
      make("thead", {}, head), make("tbody", {}, ...rows));
    head.children[1].classList.add("num");
    sortable(table);
    sift();
  };
  select.addEventListener("change", draw);
  chart.hidden = false;
  draw();
})();
