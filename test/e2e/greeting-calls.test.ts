import { afterAll, expect } from 'vitest';
import { createLocalGreetings } from '../../connectors/speech/local/stt/greetings.ts';
import { createMoonshine } from '../../connectors/speech/moonshine/connector.ts';
import { moonshineInstalled } from '../../connectors/speech/moonshine/packages.ts';
import type { GreetingRecognizer } from '../../src/speech/ports.ts';
import { Voices } from '../amd/voices.ts';
import { answers, callee, gateway, openEar, shortBot, start, takesBye } from './support/dial-scene.ts';
import { peersRequired, peerTest, programPath } from './support/peers.ts';

const voices = new Voices();
const greetings = createLocalGreetings({ workers: 1, log: { warn: () => {} } });
const dictation = createMoonshine({ id: 'moonshine', vendor: 'moonshine', workers: 1 });
afterAll(() => Promise.all([voices.close(), greetings.close(), dictation.close()]));

/** As loud as speech is on telephones. */
function levelled(samples: Int16Array): Int16Array {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  const gain = 2500 / Math.sqrt(energy / samples.length);
  return samples.map((sample) => Math.max(-32768, Math.min(32767, Math.round(sample * gain))));
}

/** What is found out when a voicemail greeting without a pause is heard in a real call. */
async function greetedBy(greeting: Int16Array, recognizer: GreetingRecognizer) {
  recognizer.prepare('en-US');
  const ear = await openEar();
  const phone = await callee([...answers(), ...takesBye()], { mediaPort: ear.port });
  const hub = await start({
    gateways: [gateway(phone)],
    greetings: recognizer,
    bot: (activities) => (activities.some(({ name }) => name === 'machineDetection') ? shortBot() : []),
  });
  const call = hub.dial({ machineDetection: 'detect' });
  await ear.startWhenHeard();
  void ear.say(levelled(greeting));
  await call.outcome;
  expect(call.events).toContain('machine answering-machine');
  const verdict = call.record().dial?.machine;
  expect(verdict?.evidence).toMatchObject({ because: 'words of a voicemail greeting' });
  expect(verdict?.decidedAfterMs).toBeLessThanOrEqual(5_000);
  return verdict?.evidence;
}

const GREETING = 'Please leave a message after the tone.';

peerTest('sipp', 'without dictation, a voicemail greeting in one breath is known by its words', async () => {
  if (programPath('espeak-ng') === undefined && !peersRequired) return;
  const greeting = await voices.say(GREETING, { engine: 'espeak-ng', name: 'en+f2', speed: 150 }, 'en', 8000);
  expect(await greetedBy(greeting, greetings)).toMatchObject({ guessed: true });
});

peerTest('sipp', 'where Moonshine is installed, dictation knows it', async () => {
  if (!moonshineInstalled() && !peersRequired) return;
  const { greetings: recognizer } = dictation;
  if (recognizer === undefined) throw new Error('moonshine hears no greetings');
  await dictation.warmUp();
  const greeting = await voices.say(GREETING, { engine: 'flite', name: 'rms' }, 'en', 8000);
  const evidence = await greetedBy(greeting, recognizer);
  expect(evidence).not.toHaveProperty('guessed');
  expect(evidence?.words).toBeGreaterThanOrEqual(3);
});
