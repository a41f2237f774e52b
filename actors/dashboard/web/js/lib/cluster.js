// What nodes say of their cluster, as one picture. Pure.

// The partition map: of what several nodes say, the greater version is the later.
export function ownersOf(bodies) {
  const byNumber = new Map();
  for (const { node, body } of bodies)
    for (const one of body.partitions ?? []) {
      const before = byNumber.get(one.number);
      const version = BigInt(one.version ?? 0);
      if (!before || version > before.version) byNumber.set(one.number, { ...one, version, from: node });
    }
  const moving = bodies.flatMap(({ node, body }) => (body.moving ?? []).map((move) => ({ ...move, node })));
  return { partitions: [...byNumber.values()].sort((a, b) => a.number - b.number), moving };
}

// Members: of what several nodes say, that of the one which knows most of them alive; a node knows best of itself.
export function membersOf(bodies) {
  const byName = new Map();
  for (const { node, body } of bodies)
    for (const member of body.members ?? []) {
      const before = byName.get(member.name);
      if (!before || member.name === node || (!before.own && member.alive && !before.alive))
        byName.set(member.name, { ...member, own: member.name === node });
    }
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

export const metric = (body, name) =>
  (body.metrics ?? []).filter((one) => one.name === name && one.value !== undefined).reduce((sum, one) => sum + one.value, 0);

// A tree of supervision as lines: [{ depth, path, child }].
export function flatTree(child, depth = 0, parent = '') {
  const path = depth === 0 ? '/' : parent === '/' ? child.id : `${parent}/${child.id}`;
  return [{ depth, path, child }, ...(child.children ?? []).flatMap((one) => flatTree(one, depth + 1, path))];
}

const GOOD = new Set(['running', 'serving', 'closed', 'done', 'idle', 'ended', 'leading']);
const BAD = new Set(['given_up', 'failed', 'stuck', 'open', 'quarantined', 'killed', 'left', 'crashed']);
// A word of a state -> a kind of badge.
export const kindOf = (status) => (GOOD.has(status) ? 'good' : BAD.has(status) ? 'bad' : 'warn');
