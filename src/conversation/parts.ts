import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { BotParameterLayer } from '../bots/parameters.ts';
import type { BotConnection } from '../bots/port.ts';
import type { Clock } from '../clock.ts';
import type { MediaEndpoint } from '../media/port.ts';
import type { GuardedFetcher } from '../net/guarded-fetcher.ts';
import type { SpeechToText, TextToSpeech } from '../speech/ports.ts';
import { BotLink } from './bot-link.ts';
import { BotListener } from './bot-listener.ts';
import { CallerAudio } from './caller-audio.ts';
import type { UtteranceDetector } from './detector.ts';
import type { PromptOutcome } from './effects.ts';
import type { ConversationEvent } from './events.ts';
import { Listener } from './listener.ts';
import { MetaDataSender } from './meta-data-sender.ts';
import { PlayStreams } from './play-streams.ts';
import type { CallControl, CallFacts, ConversationObserver, OutboundConversation } from './ports.ts';
import { Speaker } from './speaker.ts';
import { SpeechActivity } from './speech-activity.ts';
import type { Prompt } from './state.ts';
import { TurnClock } from './turn-clock.ts';
import type { UrlAudio } from './url-audio.ts';
import { warnOnce } from './warn-once.ts';

export interface ConversationDeps {
  facts: CallFacts;
  bot: BotConnection;
  stt?: SpeechToText | undefined;
  tts?: TextToSpeech | undefined;
  media: MediaEndpoint;
  control: CallControl;
  observer: ConversationObserver;
  /** Prompts from URLs, and metadata by HTTP; absent: they fail. */
  urlAudio?: UrlAudio | undefined;
  fetcher?: GuardedFetcher | undefined;
  /** Carries out what the bot asks of recordings; may throw. Absent: nothing can be recorded. */
  record?: ((action: 'start' | 'stop' | 'pause' | 'resume', name: string | undefined) => void) | undefined;
  /** What the configuration of the bot sets. */
  parameters: BotParameterLayer;
  /** Voice activity and endpointing for this call; used when `stt` leaves endpointing to the hub. */
  createDetector: () => UtteranceDetector;
  /** The hub places the call. */
  outbound?: OutboundConversation | undefined;
  clock: Clock;
  /** Carries `callId` and `conversationId`. */
  log: Logger;
  /** Aborted: the conversation ends as by `end` with the category `shutdown`. */
  signal: AbortSignal;
  /** Ids of activities; UUIDs unless told. */
  newId?: () => string;
}

/** What a conversation talks, listens and measures with. */
export interface ConversationParts {
  readonly link: BotLink;
  readonly speaker: Speaker;
  /** Who hears the caller: a recogniser of the hub, or the bot itself. */
  readonly listener: Pick<Listener, 'attach' | 'start' | 'stop' | 'endUtterance' | 'close'> | undefined;
  readonly turns: TurnClock;
  readonly streams: PlayStreams;
  readonly activity: SpeechActivity;
  readonly metaData: MetaDataSender;
  /** Whoever else listens to the callee. */
  readonly tap: Pick<MediaEndpoint, 'onAudio'>;
}

/** @param reports.signal aborted when the conversation is over */
export function createParts(
  deps: ConversationDeps,
  reports: {
    emit: (event: ConversationEvent) => void;
    onOutcome: (prompt: Prompt, outcome: PromptOutcome, playedMs: number, startedAt: number) => void;
    signal: AbortSignal;
  },
): ConversationParts {
  const { facts, bot, media, clock, stt, tts, createDetector } = deps;
  const { emit, signal, onOutcome } = reports;
  const turns = new TurnClock(deps.observer);
  const warn = warnOnce(deps.log);
  const audio = new CallerAudio(media);
  const tap = audio.branch();
  const streams = new PlayStreams({ sampleRate: media.sampleRate, emit, warn });
  const metaData = new MetaDataSender({ fetcher: deps.fetcher, control: deps.control, warn, signal });
  const activity = new SpeechActivity({
    media: audio.branch(),
    createDetector,
    emit,
    onError: (error) => deps.log.error({ err: error }, 'voice and silence of the caller cannot be watched'),
  });
  const speaker = new Speaker({
    tts,
    urlAudio: deps.urlAudio,
    streams,
    onMark: (markId) => link.session?.markReached?.(markId),
    media,
    clock,
    emit,
    signal,
    onOutcome,
    onFirstRtp: (promptId, at) => turns.firstRtp(promptId, at),
  });
  const listening = { callId: media.callId, sampleRate: media.sampleRate, ...audio.branch() };
  const onEndOfSpeech = (lastVoicedAt: number | undefined, at: number) => turns.endOfSpeech(lastVoicedAt, at);
  const directStt = bot.audio?.directStt === true;
  const botListener = directStt
    ? new BotListener({
        media: listening,
        userAudio: () => link.session?.userAudio,
        emit,
        onEndOfSpeech: () => onEndOfSpeech(undefined, clock.now()),
      })
    : undefined;
  const listener =
    stt === undefined || directStt
      ? botListener
      : new Listener({ stt, media: listening, clock, emit, signal, createDetector, onEndOfSpeech });
  const link: BotLink = new BotLink({
    bot,
    facts,
    sampleRate: media.sampleRate,
    clock,
    emit,
    signal,
    newId: deps.newId ?? randomUUID,
    playedMsOf: (promptId) => speaker.playedMsOf(promptId),
    ...(botListener === undefined ? {} : { onSpeech: (event) => botListener.onSpeech(event) }),
    ...(bot.audio?.directTts === true ? { onPlay: (event) => streams.on(event) } : {}),
  });
  return { link, speaker, listener, turns, streams, activity, metaData, tap };
}
