import type { Logger } from 'pino';
import { checkBot } from '../bots/check.ts';
import { connectionConflicts } from '../bots/connection-rules.ts';
import type { BotParameterLayer } from '../bots/parameters.ts';
import type { BotCheckReport, BotConnection } from '../bots/port.ts';
import type { Clock } from '../clock.ts';
import type { BotConfig } from '../config/types.ts';
import { connectionFacts } from '../conversation/connection-facts.ts';
import type { ConversationDeps } from '../conversation/parts.ts';
import { startConversation } from '../conversation/runner.ts';
import { createVadDetector } from '../conversation/vad-detector.ts';
import { PatchbayError } from '../errors.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { Converse } from '../signalling/call-application.ts';
import type { GreetingRecognizer, SpeechToText, TextToSpeech } from '../speech/ports.ts';
import { createVad } from '../speech/vad.ts';
import { measuredBot } from '../telemetry/measured.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createBotConnection } from './connectors.ts';
import { failoverEntry, failoverEvent } from './failover-record.ts';
import type { Notifications } from './notifications.ts';
import type { Speech } from './speech.ts';

/** A configured bot with the speech services that it has chosen. */
export interface BotRuntime {
  connection: BotConnection;
  parameters: BotParameterLayer;
  stt: SpeechToText | undefined;
  tts: TextToSpeech | undefined;
  /** For machine detection; undefined: the results of `stt` serve. */
  greetings: GreetingRecognizer | undefined;
}

export interface BotDeps {
  speech: Pick<Speech, 'of'>;
  metrics: Metrics;
  log: Logger;
  clock: Clock;
}

/**
 * All bots of the configuration, by id.
 * @throws PatchbayError `bad_parameters` for what a bot's connection cannot honour
 */
export async function createBots(
  entries: readonly BotConfig<BotParameterLayer>[],
  { speech, metrics, log, clock }: BotDeps,
): Promise<Map<string, BotRuntime>> {
  const bots = new Map<string, BotRuntime>();
  try {
    for (const entry of entries) {
      const connection = await createBotConnection(entry, { log: log.child({ bot: entry.id }), clock });
      const services = speech.of(entry);
      bots.set(entry.id, {
        connection: measuredBot(connection, metrics, clock),
        parameters: entry.parameters,
        ...services,
      });
      checkParameters(entry, connection, services, log);
    }
  } catch (error) {
    void closeBots(bots);
    throw error;
  }
  return bots;
}

export async function closeBots(bots: ReadonlyMap<string, BotRuntime>): Promise<void> {
  await Promise.all([...bots.values()].map(({ connection }) => connection.close()));
}

/** Requests for a check of the same bot at the same time share one. */
export function sharedChecks(
  bots: ReadonlyMap<string, BotRuntime>,
  clock: Clock,
): (id: string) => Promise<BotCheckReport> {
  const running = new Map<string, Promise<BotCheckReport>>();
  return (id) => {
    const under = running.get(id);
    if (under) return under;
    const bot = bots.get(id);
    if (!bot) return Promise.reject(new PatchbayError('unknown_bot', `no bot '${id}'`));
    const check = checkBot(bot.connection, { clock }).finally(() => running.delete(id));
    running.set(id, check);
    return check;
  };
}

/** Starts conversations of calls with these bots. */
export function converseWith(
  bots: ReadonlyMap<string, BotRuntime>,
  clock: Clock,
  speech: Pick<Speech, 'onFailover'> & Pick<Notifications, 'tell'>,
  urls: Pick<ConversationDeps, 'fetcher' | 'urlAudio'>,
  recorder: Pick<Recorder, 'command'>,
): Converse {
  return ({ botId, facts }) =>
    (call) => {
      const bot = bots.get(botId);
      if (!bot) throw new PatchbayError('unknown_bot', `no bot '${botId}'`); // the configuration has checked it
      const { connection, parameters, stt, tts } = bot;
      const { observer, signal } = call;
      const unwatch = speech.onFailover(facts.callId, (failover) => {
        observer.transcript(failoverEntry(failover));
        speech.tell(failoverEvent(failover, { bot: botId, conversationId: facts.conversationId, at: clock.date() }));
      });
      signal.addEventListener('abort', unwatch, { once: true });
      return startConversation({
        ...call,
        ...urls,
        record: (action, name) => void recorder.command(facts.callId, { action, name, by: 'bot' }),
        facts,
        bot: connection,
        parameters,
        stt,
        tts,
        createDetector: () =>
          createVadDetector(createVad('auto'), (error) =>
            call.log.error({ err: error }, 'no voice activity detection: the caller cannot be heard'),
          ),
        clock,
      });
    };
}

/**
 * What the bot's services take no notice of is logged.
 * @throws PatchbayError `bad_parameters` for what has no place with this bot
 */
function checkParameters(
  { id, parameters }: BotConfig<BotParameterLayer>,
  connection: BotConnection,
  { stt, tts }: Pick<BotRuntime, 'stt' | 'tts'>,
  log: Logger,
): void {
  const conflicts = connectionConflicts(parameters, connectionFacts(connection, stt, tts));
  for (const { parameter, code, message } of conflicts) {
    if (code !== 'unhonoured')
      throw new PatchbayError('bad_parameters', `bot '${id}', parameters.${parameter}: ${message}`);
    log.warn({ bot: id, parameter }, message);
  }
}
