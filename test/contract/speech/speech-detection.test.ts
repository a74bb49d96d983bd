import { expect, test, vi } from 'vitest';
import { deepgramConfigSchema } from '../../../connectors/speech/deepgram/config.ts';
import { createDeepgram } from '../../../connectors/speech/deepgram/connector.ts';
import { FakeDeepgram } from '../../../connectors/speech/deepgram/fake-server.ts';
import { systemClock } from '../../../src/clock.ts';
import { Listener } from '../../../src/conversation/listener.ts';
import { FakeDetector, OFFER } from '../../../src/conversation/testing.ts';
import { FakeMediaEngine } from '../../../src/media/fake-engine.ts';
import { wordFrames } from '../../../src/speech/fake-stt.ts';

/** speechDetection with a vendor that is paid by the time in which a socket is open. */
test.concurrent.each(['vendor', 'hub'])(
  'no socket is open while nobody speaks, and every word is heard: %s endpointing',
  { timeout: 20_000 },
  async (endpointing) => {
    const server = new FakeDeepgram();
    const url = await server.listen();
    const settings = { id: 'dg', vendor: 'deepgram', apiKey: 'key', url, stt: { endpointing } };
    const service = createDeepgram(deepgramConfigSchema.parse(settings));
    const { stt } = service;
    if (stt === undefined) throw new Error('Deepgram recognises');
    const engine = new FakeMediaEngine({ clock: systemClock, timeoutMs: 60_000 });
    const media = await engine.createEndpoint({ callId: 'call' });
    await media.answer(OFFER);
    media.caller.sendSilence(true);
    const texts: string[] = [];
    const failed: string[] = [];
    const abort = new AbortController();
    const listener = new Listener({
      ...{ stt, media, clock: systemClock, signal: abort.signal },
      createDetector: () => new FakeDetector(),
      emit(event) {
        if (event.type === 'final') texts.push(event.text);
        if (event.type === 'sttFailed') failed.push(event.message);
      },
      onEndOfSpeech: () => {},
    });
    const eventually = (check: () => void) => vi.waitFor(check, { timeout: 8_000, interval: 10 });
    listener.attach();
    listener.start({
      ...{ language: 'en-US', contextPhrases: [], contextBoost: 0, vendorOptions: undefined, parameters: {} },
      ...{ openOnSpeech: false, closeAfterMs: 200 },
      endpointing: { profile: 'default', silenceMs: 0, minSpeechMs: 0, maxSpeechMs: 0 },
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(server.requests).toEqual([]);
    for (const [index, words] of [[1, 2], [3]].entries()) {
      for (const samples of wordFrames(words)) media.caller.speak(samples);
      await eventually(() => expect(texts.at(index)).toBe(words.join(' ')));
      await eventually(() => expect(server.sockets.size).toBe(0));
      expect(server.requests).toHaveLength(index + 1);
    }
    expect([texts, failed]).toEqual([['1 2', '3'], []]);
    listener.close();
    abort.abort();
    await engine.close();
    await service.close();
    await server.close();
  },
);
