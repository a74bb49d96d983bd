import type { SpeechToText, TextToSpeech } from './ports.ts';

/** Names the hub's own requests in a vendor's records. */
const CALL_ID = 'probe';

/** Opens a session and closes it. @throws SpeechError */
export async function probeStt(stt: SpeechToText, signal: AbortSignal): Promise<void> {
  const session = await stt.open(
    {
      callId: CALL_ID,
      language: languageOf(stt.capabilities.languages),
      sampleRate: 8000,
      contextPhrases: [],
      contextBoost: 0,
      vendorOptions: undefined,
    },
    signal,
  );
  session.close();
}

/** Says one short word, as far as its first audio. @throws SpeechError */
export async function probeTts(tts: TextToSpeech, signal: AbortSignal): Promise<void> {
  const language = languageOf(tts.capabilities.languages);
  const enough = new AbortController();
  const request = { callId: CALL_ID, text: '1', language, voice: undefined, sampleRate: 8000, cache: false } as const;
  for await (const _ of tts.synthesize(request, AbortSignal.any([signal, enough.signal]))) {
    enough.abort();
    return;
  }
  signal.throwIfAborted();
}

function languageOf(languages: readonly string[] | undefined): string {
  return languages?.find((tag) => tag.startsWith('en')) ?? languages?.[0] ?? 'en-US';
}
