// Modules that are loaded when they are wanted: again, while the node they come from is away.
import { pauseBefore } from '../lib/retry.js';
import { reconnecting } from '../ui/say.js';
import { pause } from './client.js';
import { Problem } from './problem.js';

const ATTEMPTS = 12;

// `load` imports it. Throws a Problem when it does not come.
export async function bring(load, signal) {
  try {
    for (let attempt = 0; ; ++attempt) {
      try {
        return await load();
      } catch (error) {
        if (attempt + 1 >= ATTEMPTS) throw new Problem(0, { detail: String(error) });
        reconnecting(load, true);
        await pause(pauseBefore(attempt), signal);
      }
    }
  } finally {
    reconnecting(load, false);
  }
}
