// Every page, in the order of the navigation. A page has: name; paths(params), what it follows of the admin API; draw(context),
// the elements that show a round; and may have title(params), controls(params), plots(place, signal) with tick(round), `below`,
// the page that it belongs to.
import { actor } from './actor.js';
import { actors } from './actors.js';
import { calls } from './calls.js';
import { cluster } from './cluster.js';
import { limits } from './limits.js';
import { messages } from './messages.js';
import { partitions } from './partitions.js';
import { restarts } from './restarts.js';
import { saga, sagas } from './sagas.js';
import { slow } from './slow.js';
import { trace, traces } from './traces.js';
import { tree } from './tree.js';

export const PAGES = [
  { ...cluster, listed: true },
  { ...partitions, listed: true },
  { ...tree, listed: true },
  { ...calls, listed: true },
  { ...actors, listed: true },
  { ...slow, listed: true },
  { ...traces, listed: true },
  { ...sagas, listed: true },
  { ...messages, listed: true },
  { ...restarts, listed: true },
  { ...limits, listed: true },
  actor,
  saga,
  trace,
];
