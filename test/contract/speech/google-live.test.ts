import { expect, test, vi } from 'vitest';
import { googleConfigSchema } from '../../../connectors/speech/google/config.ts';
import { createGoogle } from '../../../connectors/speech/google/connector.ts';

const { GOOGLE_APPLICATION_CREDENTIALS: credentials } = process.env;

test.skipIf(credentials === undefined).each(['v1', 'v2'])(
  'Google itself understands what it has said: %s',
  { timeout: 60_000 },
  async (api) => {
    const service = createGoogle(googleConfigSchema.parse({ id: 'google', vendor: 'google', stt: { api } }));
    const { signal } = new AbortController();
    const speech: number[] = [];
    const request = {
      callId: 'live',
      text: 'The quick brown fox jumps over the lazy dog.',
      language: 'en-US',
      voice: undefined,
      sampleRate: 8000,
    } as const;
    for await (const chunk of service.tts?.synthesize(request, signal) ?? []) speech.push(...chunk);
    const session = await service.stt?.open(
      {
        callId: 'live',
        language: 'en-US',
        sampleRate: 8000,
        contextPhrases: ['brown fox'],
        contextBoost: 5,
        vendorOptions: undefined,
      },
      signal,
    );
    const texts: string[] = [];
    session?.on('final', ({ text }) => texts.push(text.toLowerCase()));
    session?.startUtterance(0);
    for (let at = 0; at + 160 <= speech.length; at += 160) {
      session?.write({ samples: Int16Array.from(speech.slice(at, at + 160)), sampleRate: 8000, timestampMs: 0 });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    session?.endUtterance(0);
    await vi.waitFor(() => expect(texts.join(' ')).toContain('brown fox'), { timeout: 10_000 });
    await service.close();
  },
);
