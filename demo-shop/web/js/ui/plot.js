// Plots of uPlot, in the page's colours; drawn anew when these change or the place gets another width.
import { LOCALES } from '../lib/language.js';
import { currentLanguage, money, t } from '../texts/texts.js';
import { h } from './dom.js';

const HEIGHT = 260;
const FONT = '12px system-ui, sans-serif';

let loading = null;

// The library, and its style beside ours, when the first plot is wanted.
function library() {
  loading ??= Promise.all([
    import('/uplot/uPlot.esm.js'),
    new Promise((resolve) => {
      const link = h('link', {
        rel: 'stylesheet',
        href: '/uplot/uPlot.min.css',
        on: { load: resolve, error: resolve },
      });
      document.head.prepend(link);
    }),
  ])
    .then(([module]) => module.default)
    .catch((error) => {
      loading = null;
      throw error;
    });
  return loading;
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// Turnover as bars by day. `days`: [{ day, cents, orders }].
export async function plotDays(days, { label, signal }) {
  const UPlot = await library();
  const node = h('div.plot', {
    role: 'img',
    'aria-label': `${label}: ${
      days
        .filter((one) => Number(one.cents) > 0)
        .map((one) => `${one.day} ${money(one.cents)}`)
        .join('; ') || t('no_sales')
    }`,
  });
  const data = [days.map((one) => Date.parse(one.day) / 1000), days.map((one) => Number(one.cents) / 100 || null)];
  let plot = null;
  const draw = () => {
    if (node.clientWidth === 0) return;
    plot?.destroy();
    plot = new UPlot(optionsFor(UPlot, node.clientWidth), data, node);
  };
  const watch = new ResizeObserver(() => {
    if (node.clientWidth !== plot?.width) draw();
  });
  watch.observe(node);
  addEventListener('themechange', draw, { signal });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw, { signal });
  signal.addEventListener('abort', () => {
    watch.disconnect();
    plot?.destroy();
  });
  return node;
}

function optionsFor(UPlot, width) {
  const grid = { stroke: colour('--line'), width: 1 };
  const axis = { stroke: colour('--ink-soft'), font: FONT, grid, ticks: grid };
  const days = new Intl.DateTimeFormat(LOCALES[currentLanguage()], { month: 'short', day: 'numeric', timeZone: 'UTC' });
  const euros = new Intl.NumberFormat(LOCALES[currentLanguage()], { notation: 'compact' });
  return {
    width,
    height: HEIGHT,
    tzDate: (seconds) => UPlot.tzDate(new Date(seconds * 1000), 'UTC'),
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { range: (_, least, most) => [least - 43_200, most + 43_200] },
      y: { range: (_, least, most) => [0, Math.max(most, 1) * 1.1] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        values: (_, at) => at.map((seconds) => days.format(seconds * 1000)),
        space: 70,
        incrs: [1, 2, 7, 14, 30].map((n) => n * 86_400),
      },
      { ...axis, values: (_, at) => at.map((value) => euros.format(value)), size: 56 },
    ],
    series: [
      {},
      {
        stroke: colour('--accent'),
        fill: colour('--accent'),
        points: { show: false },
        paths: UPlot.paths.bars({ size: [0.7, 40], radius: 0.15 }),
      },
    ],
  };
}
