// Days of UTC as the shop names them: "2026-11-30". Pure.

const DAY_MS = 24 * 3600_000;

export const dayOf = (ms) => new Date(ms).toISOString().slice(0, 10);

// Every day from the one to the other, both included; none when they are the wrong way round.
export function daysBetween(from, to) {
  const days = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += DAY_MS) days.push(dayOf(at));
  return days;
}

// The rows of these days, with zeros where there is none.
export function daysWith(rows, days) {
  const known = new Map(rows.map((row) => [row.day, row]));
  return days.map(
    (day) => known.get(day) ?? { day, orders: 0, quantity: 0, cents: 0, cancelledOrders: 0, cancelledCents: 0 },
  );
}
