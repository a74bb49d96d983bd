import { afterAll, beforeAll, describe, it } from 'vitest';
import { mediaCases } from './cases.ts';
import { makeFreeSwitchRig, startDouble } from './freeswitch-rig.ts';

describe('the FreeSWITCH media engine, on the double', () => {
  let server: Awaited<ReturnType<typeof startDouble>>;
  beforeAll(async () => {
    server = await startDouble();
  });
  afterAll(() => server.double.close());

  it.concurrent.each(mediaCases)('$name', async ({ options = {}, run }) => {
    const rig = await makeFreeSwitchRig([server], options);
    try {
      await run(rig);
    } finally {
      await rig.close();
    }
  });
});
