// Spans as a waterfall, and a saga's journal as steps on a line. Pure. Times are nanoseconds as texts, or milliseconds.

// [{ span, depth, from, to }]: `from` and `to` are parts of the whole, 0 to 1. A span whose parent is not here stands at the
// margin.
export function waterfall(spans) {
  const unique = [...new Map(spans.map((span) => [span.span, span])).values()];
  if (unique.length === 0) return { lines: [], ms: 0 };
  const begin = unique.reduce((least, one) => (BigInt(one.beginNs) < least ? BigInt(one.beginNs) : least), BigInt(unique[0].beginNs));
  const end = unique.reduce((most, one) => (BigInt(one.endNs) > most ? BigInt(one.endNs) : most), begin);
  const whole = Math.max(1, Number(end - begin));
  const known = new Set(unique.map((span) => span.span));
  const below = new Map();
  for (const span of unique) {
    const parent = known.has(span.parent) && span.parent !== span.span ? span.parent : '';
    below.set(parent, [...(below.get(parent) ?? []), span]);
  }
  const lines = [];
  const walk = (parent, depth) => {
    const children = (below.get(parent) ?? []).sort((a, b) => (BigInt(a.beginNs) < BigInt(b.beginNs) ? -1 : 1));
    for (const span of children) {
      if (depth > 64) return;
      lines.push({
        span,
        depth,
        from: Number(BigInt(span.beginNs) - begin) / whole,
        to: Number(BigInt(span.endNs) - begin) / whole,
        ms: Number(BigInt(span.endNs) - BigInt(span.beginNs)) / 1e6,
      });
      walk(span.span, depth + 1);
    }
  };
  walk('', 0);
  return { lines, ms: whole / 1e6 };
}

// Lines of several nodes about the same trace are one: the name is the root's, where a node has it.
export function joinedTraces(answers) {
  const byId = new Map();
  for (const { node, body } of answers)
    for (const line of body.traces ?? []) {
      const one = byId.get(line.trace);
      if (!one) {
        byId.set(line.trace, { ...line, nodes: [node] });
        continue;
      }
      if (line.root && !one.root) Object.assign(one, { name: line.name, root: true });
      if (BigInt(line.beginNs) < BigInt(one.beginNs)) one.beginNs = line.beginNs;
      if (BigInt(line.endNs) > BigInt(one.endNs)) one.endNs = line.endNs;
      one.spans += line.spans;
      one.failures += line.failures;
      one.nodes.push(node);
    }
  const all = [...byId.values()].map((one) => ({ ...one, ms: Number(BigInt(one.endNs) - BigInt(one.beginNs)) / 1e6 }));
  return all.sort((a, b) => (BigInt(b.beginNs) > BigInt(a.beginNs) ? 1 : -1));
}

// Rows of the tables `saga` and `saga_journal` -> [{ name, kind, state, ms, why }]; the last one is what stands in doubt.
export function sagaSteps(run, journal) {
  const steps = journal.map((row) => ({
    name: row.name || '?',
    kind: row.kind ?? 'step',
    state: row.failure ? 'failed' : Number(row.undoneMs ?? 0) > 0 ? 'undone' : 'done',
    ms: Number(row.finishedMs ?? 0) - Number(row.startedMs ?? 0),
    attempts: row.attempts ?? 0,
    why: row.failure ? `${row.failure.kind ?? ''}: ${row.failure.message ?? ''}` : '',
  }));
  if (run?.phase === 'stuck') steps.push({ name: run.stuckStep || '?', kind: 'step', state: 'stuck', ms: 0, attempts: 0, why: run.stuckWhy ?? '' });
  else if (run?.phase === 'running' || run?.phase === 'compensating') steps.push({ name: '…', kind: 'step', state: run.phase, ms: 0, attempts: 0, why: '' });
  return steps;
}
