// Every page in every state that people meet: English in light and German in dark, each at 1280, 375
// and 320 px, with axe, the outline of headings and no sideways scrolling. The journey walks one
// story; this walks everything beside it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { launch } from './support/browser.mjs';
import { startDemo } from './support/demo.mjs';
import { Looker } from './support/tour.mjs';
import * as scenes from './support/scenes.mjs';

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });

const LOOKS = [
  { locale: 'en-GB', scheme: 'light' },
  { locale: 'de-DE', scheme: 'dark' },
];

// Side by side, each with a demo of its own: about two minutes together on two free cores.
describe('every page', { concurrency: LOOKS.length }, () => LOOKS.forEach((look) => {
  test(`${look.locale}, ${look.scheme}`, { timeout: 1_200_000 }, async () => {
    const demo = await startDemo();
    const everybody = [];
    const stage = {
      demo,
      async person(options = {}) {
        const person = await new Looker(browser, demo, { ...look, ...options }).open();
        everybody.push(person);
        return person;
      },
    };
    const wrong = [];
    try {
      for (const [name, scene] of Object.entries(scenes)) {
        await scene(stage).catch((error) => { console.error(name, error.stack); wrong.push(`${name}: ${error.stack}`); });
      }
    } finally {
      wrong.push(...everybody.flatMap((one) => one.wrong));
      await Promise.all(everybody.map((one) => one.close()));
      await demo.stop();
      assert.deepEqual([...new Set(wrong)], []);
    }
  });
}));
