import { describe, it } from 'vitest';
import { audioCases } from './audio-cases.ts';
import { callCases } from './call-cases.ts';
import { makeEmbeddedRig } from './embedded-rig.ts';

describe('the embedded media engine', () => {
  it.concurrent.each([...audioCases, ...callCases])('$name', async ({ options = {}, run }) => {
    const rig = await makeEmbeddedRig(options);
    try {
      await run(rig);
    } finally {
      await rig.close();
    }
  });
});
