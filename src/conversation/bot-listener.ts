import type { BotSpeechEvent, BotUserAudio } from '../bots/port.ts';
import { assertNever } from '../errors.ts';
import type { AudioFrame } from '../media/audio.ts';
import type { MediaEndpoint } from '../media/port.ts';
import type { ConversationEvent } from './events.ts';

export interface BotListenerOptions {
  media: Pick<MediaEndpoint, 'onAudio'>;
  /** Undefined while the session is not open. */
  userAudio: () => BotUserAudio | undefined;
  emit: (event: ConversationEvent) => void;
  /** The bot says that the caller has finished speaking. */
  onEndOfSpeech: () => void;
}

/** Lets a bot hear the caller that recognises speech itself (Bot API 3.4, 3.5), and passes on what it tells of it. */
export class BotListener {
  readonly #options: BotListenerOptions;
  #active = false;
  #closed = false;

  constructor(options: BotListenerOptions) {
    this.#options = options;
  }

  attach(): void {
    if (!this.#closed) this.#options.media.onAudio(this.#onAudio);
  }

  readonly #onAudio = (frame: AudioFrame): void => {
    if (this.#active) this.#options.userAudio()?.write(frame);
  };

  /** Recognition options are the bot's own affair. */
  start(): void {
    if (this.#active || this.#closed) return;
    this.#active = true;
    this.#options.userAudio()?.start();
  }

  stop(): void {
    if (!this.#active) return;
    this.#active = false;
    this.#options.userAudio()?.stop();
  }

  /** Where an utterance ends is the bot's own affair. */
  endUtterance(): void {}

  close(): void {
    this.stop();
    this.#closed = true;
    this.#options.media.onAudio(undefined);
  }

  onSpeech(event: BotSpeechEvent): void {
    if (this.#closed) return;
    const { emit } = this.#options;
    switch (event.type) {
      case 'started':
        emit({ type: 'speechStarted' });
        return;
      case 'stopped':
        this.#options.onEndOfSpeech();
        emit({ type: 'speechEnded' });
        return;
      case 'hypothesis':
        emit({ type: 'interim', text: event.text });
        return;
      case 'recognition':
        emit({ type: 'botHeard', text: event.text, confidence: event.confidence });
        return;
      case 'committed':
        emit({ type: 'botCommitted' });
        return;
      default:
        assertNever(event);
    }
  }
}
