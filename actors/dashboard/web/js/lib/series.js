// The last minutes of a number of each node, in the page's memory. A counter becomes a rate: by the second, from one reading to
// the next; one that fell began anew with its node. Pure but for what it holds.

export const POINTS = 300;

export class Series {
  constructor({ rate = false, most = POINTS } = {}) {
    this.rate = rate;
    this.most = most;
    this.rows = []; // [{ at, values: { node: number } }]
    this.before = {};
  }

  // `values`: of each node that answered. `at`: seconds.
  add(at, values) {
    const shown = {};
    for (const [name, value] of Object.entries(values)) {
      const before = this.before[name];
      this.before[name] = { at, value };
      if (!this.rate) shown[name] = value;
      else if (before && at > before.at) shown[name] = value >= before.value ? (value - before.value) / (at - before.at) : 0;
    }
    this.rows.push({ at, values: shown });
    if (this.rows.length > this.most) this.rows.splice(0, this.rows.length - this.most);
  }

  // As plots want it: a gap is null.
  columns() {
    const names = new Set(this.rows.flatMap((row) => Object.keys(row.values)));
    const lines = {};
    for (const name of names) lines[name] = this.rows.map((row) => row.values[name] ?? null);
    return { times: this.rows.map((row) => row.at), lines };
  }

  latest(name) {
    return this.rows.at(-1)?.values[name];
  }
}
