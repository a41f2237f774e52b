// Plots of uPlot in the page's colours: one line for each node, the last minutes. Without uPlot there are none.
import { h } from './dom.js';

const HEIGHT = 170;
let loading = null;

function library() {
  loading ??= Promise.all([
    import('/uplot/uPlot.esm.js'),
    new Promise((resolve) => {
      document.head.prepend(
        h('link', { rel: 'stylesheet', href: '/uplot/uPlot.min.css', on: { load: resolve, error: resolve } }),
      );
    }),
  ]).then(
    ([module]) => module.default,
    () => null, // this program was built without it
  );
  return loading;
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// `series`: lib/series.js. The plot follows it until `signal`: call the function that comes back when there is more.
export function plot(place, { title, series, show, hue, signal }) {
  const node = h('div.plot', { role: 'img', 'aria-label': title }, h('h2', {}, title));
  let made = null;
  let names = '';
  let library_ = null;
  const draw = () => {
    const width = node.clientWidth - 16;
    if (!library_ || width < 60 || signal.aborted) return;
    const { times, lines } = series.columns();
    const wanted = Object.keys(lines).sort();
    const data = [times, ...wanted.map((name) => lines[name])];
    const latest = wanted.map((name) => `${name} ${show(lines[name].at(-1) ?? 0)}`).join('; ');
    node.setAttribute('aria-label', `${title}: ${latest}`);
    if (made && names === wanted.join() && made.width === width) return made.setData(data);
    made?.destroy();
    names = wanted.join();
    made = new library_(options(wanted, { width, show, hue }), data, node);
  };
  place.append(node);
  library().then((found) => {
    library_ = found;
    if (!found) node.remove();
    draw();
  });
  const anew = () => {
    names = null;
    draw();
  };
  const watch = new ResizeObserver(draw);
  watch.observe(node);
  addEventListener('themechange', anew, { signal });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', anew, { signal });
  signal.addEventListener('abort', () => {
    watch.disconnect();
    made?.destroy();
    node.remove();
  });
  return draw;
}

function options(names, { width, show, hue }) {
  const grid = { stroke: colour('--line'), width: 1 };
  const axis = { stroke: colour('--ink-soft'), font: '11px system-ui, sans-serif', grid, ticks: grid };
  return {
    width,
    height: HEIGHT,
    cursor: { drag: { x: false, y: false } },
    legend: { live: false },
    scales: { y: { range: (_, __, most) => [0, Math.max(most, 1) * 1.1] } },
    axes: [{ ...axis, space: 80 }, { ...axis, size: 60, values: (_, at) => at.map(show) }],
    series: [
      {},
      ...names.map((name) => ({ label: name, stroke: colour(`--hue-${hue(name)}`), width: 2, points: { show: false } })),
    ],
  };
}
