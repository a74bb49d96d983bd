import type { ConnectionFacts } from '../bots/connection-rules.ts';
import type { BotConnection } from '../bots/port.ts';
import type { SpeechToText, TextToSpeech } from '../speech/ports.ts';

/** What the parameters of a bot depend on, of its connection and its speech services. */
export function connectionFacts(
  { audio, honours = [] }: Pick<BotConnection, 'audio' | 'honours'>,
  stt: SpeechToText | undefined,
  tts: TextToSpeech | undefined,
): ConnectionFacts {
  return {
    directStt: audio?.directStt === true,
    directTts: audio?.directTts === true,
    stt: (stt?.members ?? [stt]).flatMap((one) => {
      if (one === undefined) return [];
      const { honours: honoured = [], interimResults } = one.capabilities;
      return [{ id: one.id, honours: honoured, interimResults }];
    }),
    endpointing: stt?.capabilities.endpointing,
    tts: (tts?.members ?? [tts]).flatMap((one) =>
      one === undefined ? [] : [{ id: one.id, honours: one.capabilities.honours ?? [] }],
    ),
    bot: honours,
  };
}
