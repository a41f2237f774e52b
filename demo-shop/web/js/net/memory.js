// What a browser remembers of this shop: small texts, never tokens. A browser that refuses to remember does no harm.

const PREFIX = 'troupe-shop.';

// For good, or `forTab`: until the tab is closed.
export function remember(name, text, { forTab = false } = {}) {
  try {
    const store = forTab ? sessionStorage : localStorage;
    if (text === null) store.removeItem(PREFIX + name);
    else store.setItem(PREFIX + name, text);
  } catch {
    // Private windows and full stores: it is forgotten.
  }
}

export function recall(name, { forTab = false } = {}) {
  try {
    return (forTab ? sessionStorage : localStorage).getItem(PREFIX + name);
  } catch {
    return null;
  }
}

export function recallJson(name, options) {
  try {
    return JSON.parse(recall(name, options) ?? 'null');
  } catch {
    return null;
  }
}
