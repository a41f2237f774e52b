// The call graph: edges of several nodes joined, and where its boxes stand. Pure.

// Edges of the same caller and service are one: { from, to, calls, errors, bytes, sumUs, p99Us, remote, methods }.
export function joined(bodies) {
  const edges = new Map();
  for (const { body } of bodies)
    for (const one of body.edges ?? []) {
      const key = `${one.caller}\n${one.service}`;
      const edge = edges.get(key) ?? { from: one.caller, to: one.service, calls: 0, errors: 0, bytes: 0, count: 0, sumUs: 0, p99Us: 0, places: new Set(), methods: new Map() };
      edge.calls += one.calls;
      edge.errors += Object.values(one.errors ?? {}).reduce((sum, n) => sum + n, 0);
      edge.bytes += one.paramsBytes + one.resultsBytes;
      edge.count += one.latency?.count ?? 0;
      edge.sumUs += one.latency?.sumUs ?? 0;
      edge.p99Us = Math.max(edge.p99Us, one.latency?.p99Us ?? 0);
      edge.places.add(one.place);
      edge.methods.set(one.method, (edge.methods.get(one.method) ?? 0) + one.calls);
      edges.set(key, edge);
    }
  return [...edges.values()].sort((a, b) => b.calls - a.calls);
}

const WIDTH = 150;
const HEIGHT = 34;
const ACROSS = 230;
const DOWN = 62;

// Columns by how far a service is from those that nobody calls; who calls in a circle is placed where it is met first.
export function laidOut(edges) {
  const names = [...new Set(edges.flatMap((edge) => [edge.from, edge.to]))];
  const called = new Set(edges.filter((edge) => edge.from !== edge.to).map((edge) => edge.to));
  const column = new Map();
  let front = names.filter((name) => !called.has(name));
  if (front.length === 0) front = names.slice(0, 1);
  for (let depth = 0; front.length > 0; ++depth) {
    for (const name of front) column.set(name, depth);
    front = [...new Set(edges.filter((edge) => front.includes(edge.from)).map((edge) => edge.to))].filter((name) => !column.has(name));
    if (front.length === 0) front = names.filter((name) => !column.has(name)).slice(0, 1);
  }
  const rows = new Map();
  const boxes = names.map((name) => {
    const at = column.get(name);
    const row = rows.get(at) ?? 0;
    rows.set(at, row + 1);
    return { name, x: 10 + at * ACROSS, y: 10 + row * DOWN, width: WIDTH, height: HEIGHT };
  });
  const byName = new Map(boxes.map((box) => [box.name, box]));
  const lines = edges.map((edge) => ({ edge, path: curve(byName.get(edge.from), byName.get(edge.to)) }));
  return {
    boxes,
    lines,
    width: 20 + WIDTH + Math.max(0, ...column.values()) * ACROSS,
    height: 20 + Math.max(1, ...rows.values()) * DOWN,
  };
}

function curve(from, to) {
  const middle = HEIGHT / 2;
  if (from === to) return `M${from.x + 40} ${from.y + HEIGHT} c0 22 40 22 40 2`;
  const forth = to.x > from.x;
  const x1 = forth ? from.x + WIDTH : from.x;
  const x2 = forth ? to.x - 4 : to.x + WIDTH + 4;
  const bend = Math.max(40, Math.abs(x2 - x1) / 2) * (forth ? 1 : -1);
  if (to.x === from.x) return `M${from.x + WIDTH} ${from.y + middle} C${from.x + WIDTH + 45} ${from.y + middle} ${from.x + WIDTH + 45} ${to.y + middle} ${to.x + WIDTH + 4} ${to.y + middle}`;
  return `M${x1} ${from.y + middle} C${x1 + bend} ${from.y + middle} ${x2 - bend} ${to.y + middle} ${x2} ${to.y + middle}`;
}
