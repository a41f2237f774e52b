// What the nodes answered in the last round, by path. An answer is { node, path, status, body } or, with `error`, none. Pure but
// for what it holds.

const NO_ANSWER = 0;
const ELSEWHERE = 421;

export class Round {
  constructor() {
    this.byPath = new Map(); // path -> Map(node -> answer)
  }

  take(answer) {
    if (!this.byPath.has(answer.path)) this.byPath.set(answer.path, new Map());
    this.byPath.get(answer.path).set(answer.node, answer);
  }

  all(path) {
    return [...(this.byPath.get(path)?.values() ?? [])].sort((a, b) => (a.node < b.node ? -1 : 1));
  }
  // Those that answered well: [{ node, body }].
  good(path) {
    return this.all(path).filter((answer) => answer.body !== undefined);
  }
  // Of one thing that lives on one node: its answer, whichever gave it.
  one(path) {
    return this.good(path)[0] ?? null;
  }
  // Why nobody has it: the errors, without those that only name another node.
  errors(path) {
    return this.all(path).filter((answer) => answer.error && answer.status !== ELSEWHERE);
  }
  // Whether nobody knows this path: the nodes are of an older version, or the part is not built in.
  unknown(path) {
    const answers = this.all(path);
    return answers.length > 0 && answers.every((answer) => answer.status === 404 || answer.status === 405);
  }
  // Nodes that gave no answer at all, with the reason: [{ node, error }].
  silent() {
    const found = new Map();
    for (const answers of this.byPath.values())
      for (const answer of answers.values()) if (answer.status === NO_ANSWER) found.set(answer.node, answer.error);
    return [...found].map(([node, error]) => ({ node, error })).sort((a, b) => (a.node < b.node ? -1 : 1));
  }
}
