// A colour for each name: the order in which names came decides, and it stays. Pure but for what it holds.
const HUES = 8;
const given = new Map();

export function hueOf(name) {
  if (!given.has(name)) given.set(name, (given.size % HUES) + 1);
  return given.get(name);
}
