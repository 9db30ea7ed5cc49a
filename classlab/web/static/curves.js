// Learning curves with bands over the seeds: a pointer or the slider tells values, a press on a name hides its arm.
const SPACE = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [480, 300];
const EDGE = { left: 58, right: 12, top: 10, bottom: 34 };
const hidden = new Set(); // names of arms; kept when live curves are drawn anew
let epoch; // that is read
let follows = true; // the newest epoch, until somebody chooses an earlier one

const finite = (value) => (typeof value === "number" ? value : Number(value)); // "NaN" and "Infinity" come as words
const LARGE = 1e6; // from here on in powers of ten, as the tables
const powers = (value, digits) => value.toExponential(digits).replace("e+", "e");
const loss = (value) => (value < LARGE ? value.toFixed(4) : powers(value, 2));
const short = (value) => (value < LARGE ? `${Number(value.toPrecision(3))}` : powers(value).replace(/\.(\d\d)\d*/, ".$1"));
const written = (metric, value) => (metric === "accuracy" ? `${(100 * value).toFixed(2)} %` : loss(value));

function node(name, attributes = {}, ...children) {
  const made = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function ticks(low, high, count = 5) {
  const raw = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= raw);
  const found = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step / 1e6; at += step) found.push(at);
  return found;
}

// At most six: ones and threes, else ones, else every second, third, ... power of ten.
function decades(low, high) {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const within = (digits, step) => {
    const found = [];
    for (let power = Math.ceil(first / step) * step; power <= last; power += step) {
      for (const digit of digits) found.push(Number(`${digit}e${power}`));
    }
    return found.filter((each) => each >= low && each <= high);
  };
  let found = within([1, 3], 1);
  for (let step = 1; found.length > 6; step += 1) found = within([1], step);
  return found;
}

// Where the axis ends, as in a report: far above the lowest curve the others would be a line at its bottom.
function limit(numbers, bands) {
  if (numbers.metric === "accuracy") return Infinity;
  const tops = bands.map((band) => Math.max(...band.high.map(finite).filter(Number.isFinite))).filter(Number.isFinite);
  return 10 ** Math.ceil(Math.log10(numbers.far_above * Math.min(...tops.filter((top) => top > 0))));
}

// The sentence on the curves that leave the axis.
function beyond(bands, on) {
  const tops = new Map();
  for (const band of bands) {
    const top = Math.max(...band.high.map(finite).filter(Number.isFinite));
    if (top > on.high) tops.set(band.arm, Math.max(top, tops.get(band.arm) ?? top));
  }
  const said = [...tops].map(([arm, top]) => `${arm}, up to ${loss(top)}`);
  return said.length ? `The axis ends at ${short(on.high)}; beyond it: ${said.join("; ")}.` : "";
}

// Where values lie on the paper.
function scale(numbers, bands) {
  const values = bands.flatMap((band) => [...band.low, ...band.high].map(finite)).filter(Number.isFinite);
  const positive = values.filter((value) => value > 0);
  const logarithmic = numbers.logarithmic && positive.length > 0;
  const low = Math.min(...(logarithmic ? positive : values));
  const high = Math.min(Math.max(...values), limit(numbers, bands));
  const of = (value) => (logarithmic ? Math.log10(Math.max(value, low)) : value);
  const span = of(high) - of(low) || 1;
  const epochs = Math.max(...bands.map((band) => band.mean.length));
  const bottom = HEIGHT - EDGE.bottom;
  return {
    epochs,
    high,
    x: (at) => EDGE.left + ((at - 1) / Math.max(1, epochs - 1)) * (WIDTH - EDGE.left - EDGE.right),
    y: (value) => bottom - ((of(value) - of(low)) / span) * (bottom - EDGE.top),
    marks: logarithmic ? decades(low, high) : ticks(low, high),
  };
}

function axes(numbers, on) {
  const drawn = node("g", { "aria-hidden": "true" });
  for (const mark of on.marks) {
    const y = on.y(mark);
    const text = numbers.metric === "accuracy" ? `${Number((100 * mark).toFixed(2))} %` : short(mark);
    drawn.append(node("line", { class: "grid", x1: EDGE.left, x2: WIDTH - EDGE.right, y1: y, y2: y }));
    drawn.append(node("text", { x: EDGE.left - 6, y: y + 4, "text-anchor": "end" }, text));
  }
  const round = on.epochs > 8 ? ticks(1, on.epochs, 8).filter((at) => at > on.epochs / 20) : ticks(2, on.epochs, on.epochs);
  for (const at of [1, ...round.filter((each) => Number.isInteger(each) && each > 1)]) {
    drawn.append(node("text", { x: on.x(at), y: HEIGHT - EDGE.bottom + 16, "text-anchor": "middle" }, String(at)));
  }
  drawn.append(node("text", { x: WIDTH - EDGE.right, y: HEIGHT - 3, "text-anchor": "end" }, "epoch"));
  return drawn;
}

function curve(band, colour, on) {
  const points = band.mean.map((value, place) => [on.x(place + 1), on.y(finite(value))]);
  const path = points.map(([x, y], place) => `${place ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
  const drawn = node("g");
  if (Math.max(...band.seeds) > 1) {
    const edge = (values) => values.map((value, place) => `${on.x(place + 1).toFixed(1)} ${on.y(finite(value)).toFixed(1)}`);
    const outline = [...edge(band.high), ...edge(band.low).reverse()].join("L");
    drawn.append(node("path", { d: `M${outline}Z`, fill: colour, "fill-opacity": 0.18 }));
  }
  const dashes = band.split === "training" ? { "stroke-dasharray": "6 4" } : {};
  drawn.append(node("path", { d: path, fill: "none", stroke: colour, "stroke-width": 2, ...dashes }));
  if (points.length === 1) drawn.append(node("circle", { cx: points[0][0], cy: points[0][1], r: 3, fill: colour }));
  return drawn;
}

// What leaves the axes is cut, as every inner svg is.
function paper(curves) {
  const [y, height] = [EDGE.top - 3, HEIGHT - EDGE.top - EDGE.bottom + 6];
  return node("svg", { y, width: WIDTH, height, viewBox: `0 ${y} ${WIDTH} ${height}` }, ...curves);
}

function chart(numbers, choose) {
  const bands = numbers.bands.filter((band) => !hidden.has(band.arm));
  const title = numbers.metric === "accuracy" ? "Accuracy over the epochs" : "Loss per image over the epochs";
  const caption = element("figcaption", {}, `${title}${numbers.logarithmic ? ", logarithmic" : ""}`);
  if (!bands.length) return element("figure", {}, caption, element("p", {}, "Every arm is hidden."));
  const on = scale(numbers, bands);
  const left = beyond(bands, on);
  if (left) caption.append(element("p", { className: "note" }, left));
  const here = node("line", { class: "here", x1: on.x(epoch), x2: on.x(epoch), y1: EDGE.top, y2: HEIGHT - EDGE.bottom });
  const drawing = node(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${title}; the slider below tells the values.` },
    axes(numbers, on),
    paper(bands.map((band) => curve(band, numbers.colours[band.arm], on))),
    here,
  );
  drawing.addEventListener("pointermove", (event) => {
    const box = drawing.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * WIDTH;
    const share = (x - EDGE.left) / (WIDTH - EDGE.left - EDGE.right);
    choose(Math.min(on.epochs, Math.max(1, Math.round(1 + share * (on.epochs - 1)))));
  });
  return element("figure", {}, drawing, caption);
}

function reading(all) {
  const list = element("ul");
  for (const arm of Object.keys(all[0].colours).filter((name) => !hidden.has(name))) {
    const parts = all.flatMap((numbers) =>
      numbers.bands
        .filter((band) => band.arm === arm && band.mean.length >= epoch)
        .map((band) => {
          const [mean, low, high] = [band.mean, band.low, band.high].map((each) => written(numbers.metric, finite(each[epoch - 1])));
          const seeds = band.seeds[epoch - 1];
          const range = seeds > 1 ? ` (${low} to ${high}, ${seeds} seeds)` : "";
          return `${band.split} ${numbers.metric} ${mean}${range}`;
        }),
    );
    if (parts.length) list.append(element("li", {}, element("strong", {}, arm), `: ${parts.join("; ")}`));
  }
  return list;
}

export function drawCurves(place) {
  const all = JSON.parse(place.dataset.curves);
  if (!all.length) return;
  const last = Math.max(...all.flatMap((numbers) => numbers.bands.map((band) => band.mean.length)));
  const numbersOfReport = [...place.querySelectorAll("details")]; // the same figures as tables
  const charts = element("div", { className: "charts" });
  const slider = element("input", { type: "range", min: 1, max: last, id: "epoch-read" });
  const told = element("output", { htmlFor: "epoch-read" });
  const values = element("div", { className: "reading" });
  const tell = () => {
    told.textContent = `${epoch} of ${last}`;
    slider.value = String(epoch);
    values.replaceChildren(reading(all));
  };
  const choose = (at) => {
    if (at === epoch) return;
    epoch = at;
    follows = at === last;
    tell();
    draw();
  };
  const draw = () => charts.replaceChildren(...all.map((numbers) => chart(numbers, choose)));
  const legend = element("ul", { className: "legend" });
  for (const [arm, colour] of Object.entries(all[0].colours)) {
    const swatch = node("svg", { class: "swatch", viewBox: "0 0 12 7", "aria-hidden": "true" }, node("rect", { width: 12, height: 7, fill: colour }));
    const button = element("button", { type: "button", id: `arm-${legend.children.length}` }, swatch, arm);
    button.setAttribute("aria-pressed", String(!hidden.has(arm)));
    button.addEventListener("click", () => {
      hidden.has(arm) ? hidden.delete(arm) : hidden.add(arm);
      button.setAttribute("aria-pressed", String(!hidden.has(arm)));
      tell();
      draw();
    });
    legend.append(element("li", {}, button));
  }
  if (follows || epoch > last) epoch = last;
  slider.addEventListener("input", () => choose(Number(slider.value)));
  const label = element("label", { htmlFor: "epoch-read" }, "Values at epoch");
  const note = element("p", { className: "note" }, "Solid: validation. Dashed: training. Lines are means over the seeds, bands reach from the lowest to the highest.");
  place.replaceChildren(legend, charts, element("div", { className: "epoch" }, label, slider, told), values, note, ...numbersOfReport);
  tell();
  draw();
}
