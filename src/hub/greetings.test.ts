import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../media/virtual-clock.ts';
import type { GreetingRecognizer, SpeechService } from '../speech/ports.ts';
import { openGreetings } from './greetings.ts';

function recognizer(name: string, languages: readonly string[], asked: string[], dictation?: true): GreetingRecognizer {
  return {
    languages,
    ...(dictation && { dictation }),
    prepare: (language) => void asked.push(`${name} prepares ${language}`),
    listen: ({ language }) => {
      asked.push(`${name} listens to ${language}`);
      return { write: () => {}, close: () => {} };
    },
  };
}

function service(greetings: GreetingRecognizer): SpeechService {
  return { id: 's', stt: undefined, tts: undefined, greetings, warmUp: async () => {}, close: async () => {} };
}

function set(options: { builtIn: boolean; services?: (asked: string[]) => SpeechService[] }) {
  const asked: string[] = [];
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const local = service(recognizer('local', ['en-US', 'fr-FR'], asked));
  const builtIn = recognizer('moonshine', ['en'], asked, true);
  const greetings = openGreetings(options.services?.(asked) ?? [local], { log, clock: new VirtualClock() }, () =>
    options.builtIn ? { greetings: builtIn, close: async () => void asked.push('closed') } : undefined,
  );
  const hear = (language: string) => {
    greetings.recognizer.prepare(language);
    greetings.recognizer.listen({ callId: 'c', language, guessed: () => {} }, new AbortController().signal).close();
  };
  return { asked, lines, greetings, hear, builtIn };
}

describe('who hears greetings', () => {
  it('in English the recogniser that takes dictation, where it is installed; in French who knows French', async () => {
    const { asked, greetings, hear, lines } = set({ builtIn: true });
    expect(greetings.recognizer.languages).toEqual(['en', 'en-US', 'fr-FR']);
    hear('en-GB');
    hear('fr-FR');
    hear('de-DE');
    await greetings.close();
    expect(asked).toEqual([
      ...['moonshine prepares en-GB', 'moonshine listens to en-GB', 'local prepares fr-FR', 'local listens to fr-FR'],
      'closed',
    ]);
    expect(lines).toEqual([]);
  });

  it('where it is not installed, the service for greetings; and the log says once what to install', () => {
    const { asked, hear, lines } = set({ builtIn: false });
    hear('fr-FR');
    expect(lines).toEqual([]);
    hear('en-US');
    hear('en-US');
    expect(asked.at(-1)).toBe('local listens to en-US');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('@moonshine-ai/moonshine-js and onnxruntime-node');
  });

  it('one whose engine does not start is passed over', () => {
    const { asked, hear, builtIn } = set({ builtIn: true });
    Object.assign(builtIn, { languages: [] });
    hear('en-US');
    expect(asked).toEqual(['local prepares en-US', 'local listens to en-US']);
  });

  it('a configured service that takes dictation, before others; nothing is opened beside it', () => {
    const services = (asked: string[]) => [
      service(recognizer('local', ['en-US'], asked)),
      service(recognizer('configured', ['en'], asked, true)),
    ];
    const { asked, hear, lines } = set({ builtIn: true, services });
    hear('en-US');
    expect(asked).toEqual(['configured prepares en-US', 'configured listens to en-US']);
    expect(lines).toEqual([]);
  });

  it('nobody besides a recogniser that takes dictation, unless its own service dictates greetings', () => {
    const { greetings } = set({ builtIn: true });
    const dictating = {
      capabilities: { dictation: true, interimResults: true, endpointing: 'hub', languages: ['en'] },
    } as const;
    const grammar = { capabilities: { ...dictating.capabilities, dictation: false } };
    const plain = service(recognizer('vendor', [], []));
    const own = service(recognizer('own', ['en'], [], true));
    expect(greetings.of(dictating, plain)).toBeUndefined();
    expect(greetings.of(dictating, own)).toBe(greetings.recognizer);
    expect(greetings.of(grammar, plain)).toBe(greetings.recognizer);
    expect(greetings.of(undefined, undefined)).toBe(greetings.recognizer);
  });
});
