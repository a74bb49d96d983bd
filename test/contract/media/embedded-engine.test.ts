import { describe, it } from 'vitest';
import { mediaCases } from './cases.ts';
import { makeEmbeddedRig } from './embedded-rig.ts';

describe('the embedded media engine', () => {
  it.concurrent.each(mediaCases)('$name', async ({ options = {}, run }) => {
    const rig = await makeEmbeddedRig(options);
    try {
      await run(rig);
    } finally {
      await rig.close();
    }
  });
});
