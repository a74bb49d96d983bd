import type { BotConnection } from '../bots/port.ts';
import { BotError } from '../bots/port.ts';
import type { Clock } from '../clock.ts';
import type { SpeechToText, TextToSpeech } from '../speech/ports.ts';
import type { Metrics } from './metrics.ts';

/** The same bot connection, with its requests counted and timed. */
export function measuredBot(bot: BotConnection, metrics: Metrics, clock: Clock): BotConnection {
  const timed = async <T>(request: () => Promise<T>): Promise<T> => {
    const startedAt = clock.now();
    try {
      const result = await request();
      metrics.botRequest(bot.id, clock.now() - startedAt);
      return result;
    } catch (error) {
      if (error instanceof BotError) metrics.botRequest(bot.id, clock.now() - startedAt, error.code);
      throw error;
    }
  };
  return {
    id: bot.id,
    name: bot.name,
    ...(bot.audio && { audio: bot.audio }),
    ...(bot.honours && { honours: bot.honours }),
    ...(bot.defaults && { defaults: bot.defaults }),
    ...(bot.validate && { validate: bot.validate.bind(bot) }),
    async open(context, handlers) {
      const session = await timed(() => bot.open(context, handlers));
      return {
        ...(session.userAudio && { userAudio: session.userAudio }),
        ...(session.markReached && { markReached: (markId: string) => session.markReached?.(markId) }),
        send: (activities, options) => timed(() => session.send(activities, options)),
        end: (reason) => session.end(reason),
      };
    },
    close: () => bot.close(),
  };
}

/** The same recogniser, with its sessions, refusals and failures counted. */
export function measuredStt(stt: SpeechToText, metrics: Metrics): SpeechToText {
  return {
    id: stt.id,
    capabilities: stt.capabilities,
    async open(options, signal) {
      try {
        const session = await stt.open(options, signal);
        session.on('final', ({ rejected }) => {
          if (rejected) metrics.speechRejected(stt.id);
        });
        session.on('error', () => metrics.speechFailed(stt.id, 'stt'));
        session.once('closed', metrics.speechInUse(stt.id, 'stt'));
        return session;
      } catch (error) {
        if (!signal.aborted) metrics.speechFailed(stt.id, 'stt');
        throw error;
      }
    },
  };
}

/** The same synthesiser, with its syntheses and failures counted. */
export function measuredTts(tts: TextToSpeech, metrics: Metrics): TextToSpeech {
  return {
    id: tts.id,
    capabilities: tts.capabilities,
    async *synthesize(request, signal) {
      const done = metrics.speechInUse(tts.id, 'tts');
      try {
        yield* tts.synthesize(request, signal);
      } catch (error) {
        if (!signal.aborted) metrics.speechFailed(tts.id, 'tts');
        throw error;
      } finally {
        done();
      }
    },
  };
}
