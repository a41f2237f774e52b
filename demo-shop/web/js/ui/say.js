// What the page says by itself: a line for screen readers, short notices, and the banner while the shop is not reached.
import { h, put } from './dom.js';
import { icon } from './icons.js';
import { t } from '../texts/texts.js';

const NOTICE_MS = 6_000;

// Read aloud, not shown. The same words twice are read twice.
export function announce(text) {
  const line = document.getElementById('spoken');
  line.textContent = '';
  requestAnimationFrame(() => {
    line.textContent = text;
  });
}

// Shown for some seconds, or until closed or followed by another; `bad` ones stay until closed. `action`: { text, href }.
export function notice(text, { bad = false, action } = {}) {
  const box = h(
    `div.notice${bad ? '.bad' : ''}`,
    { role: bad ? 'alert' : 'status' },
    h('p', {}, text, action ? [' ', h('a', { href: action.href }, action.text)] : null),
    h('button.plain', { type: 'button', 'aria-label': t('close'), on: { click: () => box.remove() } }, icon('close')),
  );
  const place = document.getElementById('notices');
  if (!bad) place.querySelector('.notice:not(.bad)')?.remove();
  while (place.childElementCount >= 3) place.firstElementChild.remove();
  place.append(box);
  if (bad) return;
  let timer = setTimeout(() => box.remove(), NOTICE_MS);
  box.addEventListener('pointerenter', () => clearTimeout(timer));
  box.addEventListener('focusin', () => clearTimeout(timer));
  box.addEventListener('pointerleave', () => {
    timer = setTimeout(() => box.remove(), NOTICE_MS);
  });
}

// Notices that lead to where the person is now have done their work.
export function arrived(hash) {
  document
    .querySelectorAll(`.notice a[href="${CSS.escape(hash)}"]`)
    .forEach((link) => link.closest('.notice').remove());
}

const waiting = new Set();

// While any of these waits for the shop to answer again, the banner says so.
export function reconnecting(who, yes) {
  if (yes) waiting.add(who);
  else waiting.delete(who);
  showBanner();
}

export function showBanner() {
  const banner = document.getElementById('banner');
  const wanted = waiting.size > 0;
  if (banner.hidden === !wanted && !wanted) return;
  banner.hidden = !wanted;
  put(banner, wanted ? [h('span.dot'), t('reconnecting')] : null);
}
