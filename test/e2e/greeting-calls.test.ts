import { afterAll, expect } from 'vitest';
import { createLocalGreetings } from '../../connectors/speech/local/stt/greetings.ts';
import { Voices } from '../amd/voices.ts';
import { answers, callee, gateway, openEar, shortBot, start, takesBye } from './support/dial-scene.ts';
import { peersRequired, peerTest, programPath } from './support/peers.ts';

const voices = new Voices();
const greetings = createLocalGreetings({ workers: 1, log: { warn: () => {} } });
afterAll(() => Promise.all([voices.close(), greetings.close()]));

/** As loud as speech is on telephones. */
function levelled(samples: Int16Array): Int16Array {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  const gain = 2500 / Math.sqrt(energy / samples.length);
  return samples.map((sample) => Math.max(-32768, Math.min(32767, Math.round(sample * gain))));
}

peerTest('sipp', 'without dictation, a voicemail greeting in one breath is known by its words', async () => {
  if (programPath('espeak-ng') === undefined && !peersRequired) return;
  greetings.prepare('en-US');
  const text = 'Please leave a message after the tone.';
  const greeting = await voices.say(text, { engine: 'espeak-ng', name: 'en+f2', speed: 150 }, 'en', 8000);
  const ear = await openEar();
  const phone = await callee([...answers(), ...takesBye()], { mediaPort: ear.port });
  const hub = await start({
    gateways: [gateway(phone)],
    greetings,
    bot: (activities) => (activities.some(({ name }) => name === 'machineDetection') ? shortBot() : []),
  });
  const call = hub.dial({ machineDetection: 'detect' });
  await ear.startWhenHeard();
  void ear.say(levelled(greeting));
  await call.outcome;
  expect(call.events).toContain('machine answering-machine');
  const verdict = call.record().dial?.machine;
  expect(verdict).toMatchObject({
    type: 'answering-machine',
    evidence: { because: 'words of a voicemail greeting', guessed: true },
  });
  expect(verdict?.decidedAfterMs).toBeLessThanOrEqual(5_000);
});
