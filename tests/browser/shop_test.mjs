// The shop's pages in a real browser, against a real shop of several nodes.
import { after, before, describe } from 'node:test';
import { customerTests } from './customer.mjs';
import { keeperTests } from './keeper.mjs';
import { looksTests } from './looks.mjs';
import { Stage } from './support/stage.mjs';

// Each has people of its own; several at a time, since most of the time is waiting.
describe('the pages', { concurrency: 3 }, () => {
  const stage = new Stage();
  before(() => stage.open());
  after(() => stage.close());

  customerTests(stage);
  keeperTests(stage);
  looksTests(stage);
});
