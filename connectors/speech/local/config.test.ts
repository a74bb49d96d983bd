import { describe, expect, it } from 'vitest';
import { localSpeechConfig } from './config.ts';
import { createLocalSpeech } from './connector.ts';

describe('the settings of the local speech service', () => {
  it('need nothing but an id', () => {
    expect(localSpeechConfig.parse({ id: 'local', vendor: 'local' })).toEqual({
      id: 'local',
      vendor: 'local',
      greetingWorkers: 1,
      ttsWorkers: 1,
      ttsMaxTextChars: 10_000,
    });
  });

  it.each(['slt', 'flite/rms', 'espeak-ng/de', 'espeak-ng/de+f3', 'espeak-ng/English_(America)'])(
    'take %s',
    (voice) => {
      expect(localSpeechConfig.parse({ id: 'local', vendor: 'local', voice }).voice).toBe(voice);
    },
  );

  it.each([
    ['an unknown key', { voices: 'slt' }],
    ['an unknown voice', { voice: 'Joanna' }],
    ['no workers', { ttsWorkers: 0 }],
    ['another vendor', { vendor: 'google' }],
    ['an empty id', { id: '' }],
  ])('refuse %s', (_, fields) => {
    expect(localSpeechConfig.safeParse({ id: 'local', vendor: 'local', ...fields }).success).toBe(false);
  });

  it('give a service under their id', async () => {
    const service = createLocalSpeech(localSpeechConfig.parse({ id: 'mine', vendor: 'local' }));
    expect([service.id, service.tts?.id]).toEqual(['mine', 'mine']);
    await service.close();
  });
});
