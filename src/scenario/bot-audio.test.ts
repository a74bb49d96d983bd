import { expect, test } from 'vitest';
import { decodeTable } from '../media/g711.ts';
import { findTone } from '../media/goertzel.ts';
import { readWav } from '../media/wav.ts';
import type { TextToSpeech } from '../speech/ports.ts';
import { prepareBotAudio } from './bot-audio.ts';
import { parseScenario } from './load.ts';

const tts: TextToSpeech = {
  id: 'test',
  capabilities: { streaming: false, ssml: false, languages: undefined },
  async *synthesize({ text }) {
    yield new Int16Array(text.length * 80).fill(500);
  },
};

/** The audio of one reply, and what the server was given. */
async function prepared(play: object) {
  const rules = [{ on: 'start', reply: [{ play }] }];
  const bot = { rules, transport: 'websocket', directTTS: true };
  const scenario = parseScenario(`title: x\nbot: ${JSON.stringify(bot)}\n`, 'a.yaml', {});
  const served: { bytes: Uint8Array; contentType: string }[] = [];
  const server = {
    add: (bytes: Uint8Array, contentType: string) => `http://a/${served.push({ bytes, contentType })}`,
    close: async () => {},
  };
  const audio = await prepareBotAudio(scenario, { tts, server, signal: new AbortController().signal });
  return { audio: [...audio.values()][0], served };
}

const tone = { hz: 700, ms: 500 };

test.each([
  ['wav/lpcm16', 16_000],
  ['wav/lpcm16_8', 8000],
  ['wav/lpcm16_24', 24_000],
] as const)('%s is a WAV file that the server gives out', async (mediaFormat, rate) => {
  const { audio, served } = await prepared({ tone, mediaFormat });
  expect(audio).toEqual({ by: 'url', url: 'http://a/1' });
  expect(served[0]?.contentType).toBe('audio/wav');
  const { sampleRate, channels } = readWav(served[0]?.bytes ?? new Uint8Array());
  expect(sampleRate).toBe(rate);
  expect(findTone(channels[0] ?? new Int16Array(), 700, rate)).toEqual([{ fromMs: 0, toMs: 500 }]);
});

test('a data URL holds the bytes', async () => {
  const { audio, served } = await prepared({ tone, by: 'data', mediaFormat: 'raw/mulaw' });
  expect(served).toEqual([]);
  const [, type, base64] = /^data:(.*);base64,(.*)$/.exec(audio?.by === 'url' ? audio.url : '') ?? [];
  expect(type).toBe('application/octet-stream');
  const table = decodeTable('PCMU');
  const samples = Int16Array.from(Buffer.from(base64 ?? '', 'base64'), (code) => table[code] ?? 0);
  expect(findTone(samples, 700, 8000)).toEqual([{ fromMs: 0, toMs: 500 }]);
});

test('a stream is PCM of 16 kHz, speech among it', async () => {
  const { audio } = await prepared({ say: 'hello', by: 'stream' });
  if (audio?.by !== 'stream') throw new Error('no stream');
  expect(Math.abs(audio.samples.length - 5 * 80 * 2)).toBeLessThan(40);
});
