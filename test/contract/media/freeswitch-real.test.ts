import { describe, it } from 'vitest';
import { mediaCases } from './cases.ts';
import { makeFreeSwitchRig, realFreeSwitch } from './freeswitch-rig.ts';

const server = realFreeSwitch(process.env);

/** Skipped, and reported as such, where PATCHBAY_FREESWITCH names none: CI has no FreeSWITCH. */
describe.skipIf(server === undefined)('the FreeSWITCH media engine, on the real one (PATCHBAY_FREESWITCH)', () => {
  it.concurrent.each(mediaCases)('$name', async ({ options = {}, run }) => {
    const rig = await makeFreeSwitchRig(server === undefined ? [] : [server], options);
    try {
      await run(rig);
    } finally {
      await rig.close();
    }
  });
});
