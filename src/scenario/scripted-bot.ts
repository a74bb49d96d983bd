import { VoiceActivity } from '../caller/voice-activity.ts';
import type { Clock } from '../clock.ts';
import { durationMs } from '../media/audio.ts';
import { type PreparedAudio, STREAM_RATE } from './bot-audio.ts';
import type { BotAudio, BotFault, BotReply, BotRule } from './bot-schema.ts';
import type { BotBehaviour, BotLine, BotOutput } from './host.ts';
import { matchesText, matchesValue } from './match.ts';

/** An activity as it came from the hub; of a bot that hears itself also the event `speech` for what it has heard. */
export interface ReceivedActivity {
  /** The clock's reading. */
  at: number;
  activity: Readonly<Record<string, unknown>>;
}

export interface BotEnd {
  at: number;
  reasonCode: string;
  reason: string;
}

/** How a bot that hears itself tells speech: louder than the silence of a line, for 100 ms; over after half a second. */
const BOT_EARS = { threshold: 400, onsetFrames: 5, hangoverMs: 500 };
/** After so much of an utterance it has understood the first words. */
const HYPOTHESIS_MS = 250;

/** A bot that follows the rules of a scenario, and keeps what it was told. The first rule that fits an activity counts. */
export class ScriptedBot implements BotBehaviour {
  readonly received: ReceivedActivity[] = [];
  readonly ends: BotEnd[] = [];
  readonly create: BotFault | undefined;
  /** To be set before the first call. */
  audio: ReadonlyMap<BotAudio, PreparedAudio> = new Map();
  readonly #rules: { rule: BotRule; left: number }[];
  readonly #clock: Clock;
  readonly #closing: AbortSignal;
  /** Rules that were chosen by `fault` for activities that are going to be answered. */
  readonly #chosen = new Map<unknown, BotRule | undefined>();
  readonly #ears = new VoiceActivity(BOT_EARS);
  /** Length of what was heard since speech began; undefined: the caller is silent, or a hypothesis was told. */
  #heardMs: number | undefined;
  #nextId = 1;

  /** `closing` cuts delays short. */
  constructor(
    bot: { rules: readonly BotRule[]; create?: BotFault | undefined },
    deps: { clock: Clock; closing: AbortSignal },
  ) {
    this.#rules = bot.rules.map((rule) => ({ rule, left: rule.times ?? Number.POSITIVE_INFINITY }));
    this.create = bot.create;
    this.#clock = deps.clock;
    this.#closing = deps.closing;
  }

  fault(activities: readonly Record<string, unknown>[]): BotFault | undefined {
    for (const activity of activities) {
      if (this.#chosen.has(activity.id)) continue;
      const rule = this.#choose((candidate) => fits(candidate.on, activity));
      // a failed request comes again and is looked at anew; one that has its effect is not
      if (rule?.fail === undefined || rule.fail === 'brokenJson') this.#chosen.set(activity.id, rule);
      if (rule?.fail !== undefined) return rule.fail;
    }
    return undefined;
  }

  async answer(activities: readonly Record<string, unknown>[], line?: BotLine): Promise<readonly BotOutput[]> {
    const at = this.#clock.now();
    this.received.push(...activities.map((activity) => ({ at, activity })));
    const outputs: BotOutput[] = [];
    for (const activity of activities) {
      const rule = this.#chosen.get(activity.id);
      if (rule !== undefined) await this.#follow(rule, (output) => (line ? line.say([output]) : outputs.push(output)));
    }
    return outputs;
  }

  hear(samples: Int16Array, line: BotLine): void {
    const change = this.#ears.write(samples, STREAM_RATE);
    if (change === 'started') {
      this.#heardMs = 0;
      line.hearing({ type: 'started' });
    } else if (this.#heardMs !== undefined) {
      this.#heardMs += durationMs(samples.length, STREAM_RATE);
    }
    if (this.#heardMs !== undefined && this.#heardMs >= HYPOTHESIS_MS) {
      this.#heardMs = undefined;
      const text = this.#rules.find(({ rule, left }) => left > 0 && rule.on === 'speech')?.rule.understands;
      if (text !== undefined) line.hearing({ type: 'hypothesis', text });
    }
    if (change === 'stopped') this.#heard(line);
  }

  ended({ reasonCode, reason }: { reasonCode: string; reason: string }): void {
    this.ends.push({ at: this.#clock.now(), reasonCode, reason });
  }

  #heard(line: BotLine): void {
    this.#heardMs = undefined;
    const rule = this.#choose(({ on }) => on === 'speech');
    const text = rule?.understands;
    const value = text === undefined ? {} : { text };
    this.received.push({ at: this.#clock.now(), activity: { type: 'event', name: 'speech', value } });
    line.hearing({ type: 'stopped' });
    if (text !== undefined) line.hearing({ type: 'recognition', text });
    if (rule !== undefined) void this.#follow(rule, (output) => line.say([output]));
  }

  async #follow(rule: BotRule, say: (output: BotOutput) => void): Promise<void> {
    if (rule.delay_ms !== undefined) await this.#pause(rule.delay_ms);
    for (const reply of rule.reply) {
      if (reply.after_ms !== undefined) await this.#pause(reply.after_ms);
      say(this.#complete(reply));
    }
  }

  #choose(fitting: (rule: BotRule) => boolean): BotRule | undefined {
    const found = this.#rules.find(({ rule, left }) => left > 0 && fitting(rule));
    if (found) found.left--;
    return found?.rule;
  }

  #complete({ say, event, play, params, session }: BotReply): BotOutput {
    const id = `reply-${this.#nextId++}`;
    const audio = play && this.audio.get(play);
    if (audio?.by === 'stream') {
      const { altText } = play ?? {};
      return { type: 'stream', streamId: id, altText, activityParams: params ?? {}, samples: audio.samples };
    }
    const body =
      say === undefined
        ? { type: 'event', name: play === undefined ? event : 'playUrl' }
        : { type: 'message', text: say };
    const activityParams = audio && play ? { ...playUrlParams(play, audio.url), ...params } : params;
    const activity = {
      id,
      timestamp: this.#clock.date().toISOString(),
      ...body,
      ...(activityParams === undefined ? {} : { activityParams }),
      ...(session === undefined ? {} : { sessionParams: session }),
    };
    return { type: 'activity', activity };
  }

  #pause(ms: number): Promise<void> {
    if (this.#closing.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        this.#closing.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.#clock.after(ms, done);
      this.#closing.addEventListener('abort', done, { once: true });
    });
  }
}

function playUrlParams({ mediaFormat, altText }: BotAudio, url: string): Record<string, unknown> {
  return {
    playUrlUrl: url,
    playUrlMediaFormat: mediaFormat,
    ...(altText === undefined ? {} : { playUrlAltText: altText }),
  };
}

function fits(on: BotRule['on'], activity: Record<string, unknown>): boolean {
  const { type, name, text, value } = activity;
  if (on === 'anything') return true;
  if (on === 'speech') return false;
  if (on === 'start') return type === 'event' && sameName(name, 'start');
  if ('message' in on) return type === 'message' && typeof text === 'string' && matchesText(on.message, text);
  return type === 'event' && sameName(name, on.event) && (on.value === undefined || matchesValue(on.value, value));
}

/** Names of events are compared without regard to case. */
export function sameName(name: unknown, wanted: string): boolean {
  return typeof name === 'string' && name.toLowerCase() === wanted.toLowerCase();
}
