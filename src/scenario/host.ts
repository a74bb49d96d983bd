import type { TextToSpeech } from '../speech/ports.ts';
import type { BotFault } from './schema.ts';

/** What the bot of a scenario does with the requests of its hub. */
export interface BotBehaviour {
  /** How the request for a conversation fails. */
  readonly create: BotFault | undefined;
  /** Asked first, also about activities that come again; undefined: they are answered. */
  fault(activities: readonly Record<string, unknown>[]): BotFault | undefined;
  /** Activities that are new, in order; resolves with what the bot says. */
  answer(activities: readonly Record<string, unknown>[]): Promise<readonly object[]>;
  /** The conversation is over. */
  ended(end: { reasonCode: string; reason: string }): void;
}

/** A bot that listens on a loopback port. */
export interface BotServer {
  readonly url: string;
  close(): Promise<void>;
}

export interface RunningHub {
  readonly sipPort: number;
  readonly httpPort: number;
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
  startBot(behaviour: BotBehaviour): Promise<BotServer>;
  /** `configText`: a hub.yaml. @throws PatchbayError */
  startHub(configText: string): Promise<RunningHub>;
}
