import { describe, expect, test } from 'vitest';
import { loadConfigText } from '../../../src/config/load.ts';
import { connectorRegistry } from '../../../src/hub/connectors.ts';
import { doctorChecks } from '../../../src/hub/doctor.ts';
import { authority, startFakeGoogle } from './fake.test-support.ts';

describe.skipIf(authority === undefined)('patchbay doctor (needs the program openssl)', () => {
  test('asks it to recognise and to speak, and tells what to do where it refuses', async () => {
    const fake = await startFakeGoogle();
    const config = await loadConfigText(
      JSON.stringify({ speechServices: [fake.settings()] }),
      'hub.yaml',
      {},
      connectorRegistry,
    );
    const check = () => doctorChecks(config).find(({ name }) => name === 'speech service google (google)');
    const { signal } = new AbortController();
    expect(await check()?.run(signal)).toMatchObject({
      status: 'ok',
      message: expect.stringMatching(/^recognises and speaks, asked and answered/),
    });
    fake.server.revoked = true;
    const error = await check()
      ?.run(signal)
      .catch((thrown: unknown) => thrown);
    expect(check()?.adviceFor?.(error)).toMatch(/the vendor refuses: check the credentials of speechServices 'google'/);
    await fake.dispose();
  });
});
