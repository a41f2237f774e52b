// Where one was on a page is where one comes back to: each entry of the browser's history has a number, each number a height.

const heights = new Map();
let here = null;
let newest = 0;

export function startScroll() {
  history.scrollRestoration = 'manual'; // the browser would scroll before the page is there
  addEventListener(
    'scroll',
    () => {
      if (here !== null) heights.set(here, scrollY);
    },
    { passive: true },
  );
}

// Before a page is put up. True: this entry is a new one; false: somebody came back to it.
export function enter() {
  const known = history.state?.at;
  if (known !== undefined && known <= newest) {
    here = null; // what the change of pages scrolls is nobody's wish
    return false;
  }
  here = null;
  history.replaceState({ at: ++newest }, '');
  return true;
}

// After the page is there.
export function settle({ top = true } = {}) {
  here = history.state?.at ?? null;
  if (heights.has(here)) scrollTo(0, heights.get(here));
  else if (top) scrollTo(0, 0);
}
