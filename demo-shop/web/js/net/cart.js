// The cart: the person's own, or until somebody logs in one that this tab keeps, which joins it then.
import * as api from './shop_api.js';
import { recallJson, remember } from './memory.js';
import { isAbort, Problem } from './problem.js';
import { onChange, who } from './session.js';

export const MOST_OF_ONE = 1000;

let count = 0;
const listeners = new Set();

export const itemCount = () => count;
export const onCount = (listener) => listeners.add(listener);

const kept = () => recallJson('guest-cart', { forTab: true }) ?? {};
const keep = (items) =>
  remember('guest-cart', Object.keys(items).length > 0 ? JSON.stringify(items) : null, { forTab: true });

function counted(cart) {
  const now = cart.lines.reduce((sum, line) => sum + line.quantity, 0);
  if (now !== count) {
    count = now;
    listeners.forEach((listener) => listener(count));
  }
  return cart;
}

// Changes come one after the other, so that none undoes another, and whoever looks sees those that were begun before.
let last = Promise.resolve();

function inTurn(work) {
  const mine = last.then(work);
  last = mine.catch(() => {});
  return mine;
}

// { lines, totalCents, keptUntilMs }, as GET /carts/{user} has them.
export const load = (options) => last.then(() => read(options));

async function read(options) {
  if (who()) return counted(await api.cart(options));
  const items = kept();
  const lines = await Promise.all(Object.entries(items).map(([sku, quantity]) => guestLine(sku, quantity, options)));
  const there = lines.filter(Boolean);
  return counted({
    lines: there,
    keptUntilMs: 0,
    totalCents: there.reduce((sum, line) => sum + (line.onSale ? line.cents : 0), 0),
  });
}

async function guestLine(sku, quantity, options) {
  try {
    const product = await api.product(sku, options);
    return { ...product, quantity, unitCents: product.priceCents, cents: product.priceCents * quantity };
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

export const set = (sku, quantity) => inTurn(() => write(sku, quantity));

async function write(sku, quantity) {
  if (who()) await api.putIntoCart(sku, quantity);
  else keep({ ...kept(), [sku]: quantity });
  return read();
}

// `more` of it than are in the cart now, up to what a cart takes.
export const add = (sku, more) =>
  inTurn(async () => {
    const now = (await read()).lines.find((line) => line.sku === sku)?.quantity ?? 0;
    return write(sku, Math.min(now + more, MOST_OF_ONE));
  });

export const take = (sku) =>
  inTurn(async () => {
    if (who()) await api.takeFromCart(sku);
    else {
      const { [sku]: _, ...rest } = kept();
      keep(rest);
    }
    return read();
  });

export const clear = () =>
  inTurn(async () => {
    if (who()) await api.clearCart();
    else keep({});
    return read();
  });

// What the tab kept joins the cart of the person who logged in: of the same product the larger number. What is no longer
// sold stays behind.
export const join = () => inTurn(joinOwn);

async function joinOwn() {
  const items = Object.entries(kept());
  if (!who() || items.length === 0) return;
  const own = (await api.cart()).lines;
  for (const [sku, quantity] of items) {
    const there = own.find((line) => line.sku === sku)?.quantity ?? 0;
    if (there >= quantity) continue;
    try {
      await api.putIntoCart(sku, quantity);
    } catch (error) {
      if (!(error instanceof Problem) || error.kind !== 'refused') throw error;
    }
  }
  keep({});
}

// Counts for the header; a shop that is away is asked again when the next page is.
export async function recount() {
  try {
    await load();
  } catch (error) {
    if (!isAbort(error) && !(error instanceof Problem)) throw error;
  }
}

onChange((person) => {
  if (!person) counted({ lines: [] });
});
