import type { TextToSpeech } from '../speech/ports.ts';
import type { BotFault } from './bot-schema.ts';

/** What a bot says: an activity, or a stream of its own audio (linear PCM, 16 kHz). */
export type BotOutput =
  | { type: 'activity'; activity: object }
  | {
      type: 'stream';
      streamId: string;
      altText: string | undefined;
      activityParams: Readonly<Record<string, unknown>>;
      samples: Int16Array;
    };

/** What the recogniser of a bot that hears itself tells. */
export type BotHearing = { type: 'started' | 'stopped' } | { type: 'hypothesis' | 'recognition'; text: string };

/** The bot's end of a WebSocket: it may speak unasked. */
export interface BotLine {
  say(outputs: readonly BotOutput[]): void;
  hearing(event: BotHearing): void;
}

/** What the bot of a scenario does with the requests of its hub. */
export interface BotBehaviour {
  /** How the request for a conversation fails. */
  readonly create: BotFault | undefined;
  /** Asked first, also about activities that come again; undefined: they are answered. */
  fault(activities: readonly Record<string, unknown>[]): BotFault | undefined;
  /** Activities that are new, in order; resolves with what the bot says that was not said over `line`. */
  answer(activities: readonly Record<string, unknown>[], line?: BotLine): Promise<readonly BotOutput[]>;
  /** Audio of the caller, linear PCM at 16 kHz, at a bot that hears itself. */
  hear(samples: Int16Array, line: BotLine): void;
  /** The conversation is over. */
  ended(end: { reasonCode: string; reason: string }): void;
}

/** A bot that listens on a loopback port. */
export interface BotServer {
  readonly url: string;
  close(): Promise<void>;
}

export interface BotServerOptions {
  transport: 'http' | 'websocket';
  /** Over a WebSocket: takes a conversation up again after its connection was cut. */
  resumes: boolean;
}

/** An HTTP server on a loopback port. */
export interface AudioServer {
  /** Gives out the bytes under the address that it returns. */
  add(bytes: Uint8Array, contentType: string): string;
  close(): Promise<void>;
}

export interface RunningHub {
  readonly sipPort: number;
  readonly httpPort: number;
  /** Bearer token of its API. */
  readonly apiToken: string;
  close(): Promise<void>;
}

export interface CallerVoice {
  tts: TextToSpeech;
  close(): Promise<void>;
}

/** What a run of scenarios needs of whoever composes it. */
export interface ScenarioHost {
  /** The voice of the caller, which is also the one that the hub's local speech service has. */
  openVoice(): Promise<CallerVoice>;
  startBot(behaviour: BotBehaviour, options: BotServerOptions): Promise<BotServer>;
  serveAudio(): Promise<AudioServer>;
  /** `configText`: a hub.yaml. @throws PatchbayError */
  startHub(configText: string, options: { sttSessionLimitMs: number | undefined }): Promise<RunningHub>;
}
