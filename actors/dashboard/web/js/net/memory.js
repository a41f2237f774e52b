// What this browser remembers: the language and the colours. Where nothing may be kept, nothing is.
const PREFIX = 'troupe-dashboard.';

export function recall(name) {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

export function remember(name, value) {
  try {
    if (value === null) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, value);
  } catch {
    /* not here */
  }
}
