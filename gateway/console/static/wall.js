/* Keeps the figures of the wall as the node tells them once a second, and draws plots: only texts that changed change. */
"use strict";
(function () {
  const live = document.getElementById("live");
  if (!live) return;
  const cells = new Map();
  for (const each of live.querySelectorAll("[data-cell]")) {
    if (!cells.has(each.dataset.cell)) cells.set(each.dataset.cell, []);
    cells.get(each.dataset.cell).push(each);
  }
  const TONES = ["good", "warn", "bad"];
  const COLOURS = ["#17566a", "#c77700", "#1d6b3f", "#a3271f", "#6a4c93", "#0a7d8c", "#8a5a00", "#4a5568"];
  const away = document.getElementById("live-away"), at = document.getElementById("live-at");
  const plots = [];
  let heard = Date.now();

  function set(element, text, tone) {
    if (element.textContent !== text) element.textContent = text;
    for (const each of TONES) element.classList.toggle(each, each === tone);
  }

  function say(words) {
    away.hidden = !words;
    if (words) away.textContent = words;
  }

  function clock(seconds) {
    return new Date(seconds * 1000).toLocaleString("sv-SE", { timeZone: "Asia/Shanghai" });
  }

  function told(event) {
    const news = JSON.parse(event.data);
    heard = Date.now();
    if (news.away) return say(news.away);
    if (news.form !== live.dataset.form) {
      if (!document.querySelector("details[open], input:focus")) location.reload();
      return;
    }
    say("");
    at.textContent = clock(news.at);
    for (const [key, [text, tone]] of Object.entries(news.cells)) {
      for (const element of cells.get(key) || []) set(element, text, tone);
    }
    for (const plot of plots) plot.add(news.at, news.values);
  }

  const source = new EventSource(live.dataset.live);
  source.onmessage = told;
  setInterval(function () {
    if (Date.now() - heard > 10000) say(live.dataset.late);
  }, 2000);

  function written(value, unit) {
    if (value == null) return "–";
    if (unit === "seconds") return value < 1 ? Math.round(value * 1000) + " ms" : value.toFixed(1) + " s";
    if (unit === "percent") return value.toFixed(1) + " %";
    return value.toLocaleString("en", { maximumFractionDigits: 1 });
  }

  // Times as they are written in China: the hour, and the day where another one begins.
  const day = uPlot.fmtDate("{YYYY}-{MM}-{DD}"), minute = uPlot.fmtDate("{HH}:{mm}"), second = uPlot.fmtDate("{HH}:{mm}:{ss}");
  const inChina = (at) => uPlot.tzDate(new Date(at * 1000), "Asia/Shanghai");
  function moments(u, ticks, axis, space, step) {
    return ticks.map(function (at, index) {
      const here = inChina(at), begins = index > 0 && day(here) !== day(inChina(ticks[index - 1]));
      return begins || step >= 86400 ? day(here) : (step < 60 ? second : minute)(here);
    });
  }

  async function draw(element) {
    const subjects = element.dataset.plot.split("|"), figure = element.dataset.figure, unit = element.dataset.unit;
    const hours = element.dataset.hours;
    const lines = await Promise.all(subjects.map(async function (of) {
      const query = new URLSearchParams({ of: of, figure: figure, hours: hours });
      const answer = await fetch("/wall/figures?" + query);
      return answer.ok ? answer.json() : { at: [], values: [] };
    }));
    const times = [...new Set(lines.flatMap((line) => line.at))].sort((a, b) => a - b);
    const place = new Map(times.map((time, index) => [time, index]));
    const data = [times, ...lines.map(function (line) {
      const values = new Array(times.length).fill(null);
      line.at.forEach(function (time, index) { values[place.get(time)] = line.values[index]; });
      return values;
    })];
    const width = () => Math.max(200, element.clientWidth);
    const drawn = new uPlot({
      width: width(), height: 190, cursor: { y: false }, tzDate: inChina,
      scales: { y: { range: (u, low, high) => [0, high > 0 ? high * 1.1 : 1] } },
      axes: [{ stroke: "#566467", space: 76, values: moments }, { stroke: "#566467", size: 64, values: (u, ticks) => ticks.map((tick) => written(tick, unit)) }],
      series: [{ label: element.dataset.time, value: (u, at) => at == null ? "–" : day(inChina(at)) + " " + second(inChina(at)) },
        ...subjects.map(function (of, index) {
        return { label: of.replace(/^channel\//, ""), stroke: COLOURS[index % COLOURS.length], width: 1.5, spanGaps: true,
          value: (u, value) => written(value, unit) };
      })],
    }, data, element);
    element.dataset.drawn = String(times.length);
    new ResizeObserver(() => drawn.setSize({ width: width(), height: 190 })).observe(element);
    const oldest = hours * 3600;
    plots.push({
      add: function (now, values) {
        data[0].push(now);
        subjects.forEach(function (of, index) {
          const value = values[of + "/" + figure];
          data[index + 1].push(value == null ? null : value);
        });
        while (data[0].length && data[0][0] < now - oldest) for (const column of data) column.shift();
        drawn.setData(data);
        element.dataset.drawn = String(data[0].length);
      },
    });
  }

  for (const element of live.querySelectorAll("[data-plot]")) draw(element);
})();
