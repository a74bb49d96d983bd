import type { BotParameterLayer } from '../bots/parameters.ts';
import type { BotActivity } from '../bots/port.ts';
import type { Effect } from './effects.ts';
import type { ConversationEvent } from './events.ts';
import { reduce } from './reducer.ts';
import { type Capabilities, type ConversationState, initialState, phaseOf } from './state.ts';
import { botMessage } from './testing.ts';
import type { TimerId } from './timers.ts';

/** The reducer with a well-behaved outside: the bot takes everything at once, prompts play when told. */
export class Talk {
  state: ConversationState;
  effects: Effect[] = [];

  constructor(
    parameters: BotParameterLayer = {},
    capabilities: Capabilities = { stt: true, tts: true },
    outbound?: { held: boolean; listens?: boolean },
    defaults?: BotParameterLayer,
  ) {
    this.state = initialState({ parameters, defaults, capabilities, startParameters: {}, outbound });
    this.on({ type: 'begin' });
  }

  on(...events: ConversationEvent[]): this {
    for (const event of events) {
      const { state, effects } = reduce(this.state, event);
      this.state = state;
      this.effects.push(...effects);
      const request = effects.find((effect) => effect.type === 'sendToBot');
      if (request !== undefined) this.on({ type: 'botSent', requestId: request.requestId });
      const play = effects.find((effect) => effect.type === 'playPrompt');
      if (play !== undefined) this.on({ type: 'promptStarted', promptId: play.promptId });
      // A callee takes his time.
      const answers = effects.some((effect) => effect.type === 'answer') && state.outbound === undefined;
      if (answers) this.on({ type: 'answered' });
    }
    return this;
  }

  bot(...activities: BotActivity[]): this {
    return this.on({ type: 'botActivities', activities });
  }

  finish(): this {
    const { current } = this.state;
    if (current?.type !== 'prompt') throw new Error(`no prompt plays in ${phaseOf(this.state)}`);
    return this.on({ type: 'promptFinished', promptId: current.prompt.id });
  }

  fire(id: TimerId): this {
    const generation = this.state.timers[id];
    if (generation === undefined) throw new Error(`${id} is not armed; armed: ${Object.keys(this.state.timers)}`);
    return this.on({ type: 'timer', id, generation });
  }

  final(text: string, rejected = text === '', shape?: 'word' | 'interjection', refused?: string): this {
    return this.on({
      type: 'final',
      text,
      rejected,
      shape,
      refused,
      confidence: 0.8,
      alternatives: [],
      raw: undefined,
      utterance: 'none',
    });
  }

  /** The caller says `text` in one go, heard as `interim` on the way. */
  say(text: string): this {
    this.on({ type: 'speechStarted' }, { type: 'interim', text }, { type: 'speechEnded' });
    return this.final(text);
  }

  /** Effects since the last look. */
  take(): Effect[] {
    return this.effects.splice(0);
  }

  get phase(): string {
    return phaseOf(this.state);
  }

  in(phase: 'speaking' | 'thinking' | 'listening'): this {
    this.on({ type: 'botOpened' }).bot(botMessage('Hello there'));
    this.on({ type: 'promptReady', promptId: 1 });
    if (phase !== 'speaking') this.finish();
    if (phase === 'thinking') this.final('a question');
    if (this.phase !== phase) throw new Error(`in ${this.phase}, not ${phase}`);
    this.take();
    return this;
  }
}

export const types = (effects: readonly Effect[]) => effects.map((effect) => effect.type);

/** What was sent to the bot: `message yes`, `DTMF "1"`. */
export function sent(effects: readonly Effect[]): string[] {
  return effects.flatMap((effect) =>
    effect.type === 'sendToBot'
      ? effect.activities.map((a) =>
          a.type === 'message' ? `message ${a.text}` : `${a.name} ${JSON.stringify(a.value)}`,
        )
      : [],
  );
}

/** What was made ready to be spoken. */
export function spoken(effects: readonly Effect[]): string[] {
  return effects.flatMap((effect) => (effect.type === 'preparePrompt' ? [effect.prompt.text] : []));
}
