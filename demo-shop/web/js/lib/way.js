// How far an order has come: 1 received, 2 set aside, 3 paid, 4 confirmed, 5 shipped. Pure.

export const STEPS = ['received', 'reserved', 'charged', 'confirmed', 'shipped'];

// `saga` tells the finished steps of an order that is being placed: "reserve SKU" for each of its lines, then "charge".
export function stepsDone({ status, lines }, saga = null) {
  if (status === 'shipped') return 5;
  if (status === 'confirmed') return 4;
  if (status !== 'placing') return 1;
  const done = (saga?.finished ?? [])
    .filter((step) => !Number(step.undoneMs) && !step.failure?.kind)
    .map((step) => step.name);
  if (done.includes('charge')) return 3;
  return lines.length > 0 && lines.every((line) => done.includes(`reserve ${line.sku}`)) ? 2 : 1;
}
