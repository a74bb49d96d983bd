import type { AudioFrame } from '../media/audio.ts';
import type { MediaEndpoint } from '../media/port.ts';

/** The endpoint's audio for more than one listener. */
export class CallerAudio {
  readonly #media: Pick<MediaEndpoint, 'onAudio'>;
  #listeners: readonly ((frame: AudioFrame) => void)[] = [];

  constructor(media: Pick<MediaEndpoint, 'onAudio'>) {
    this.#media = media;
  }

  /** Something that listens like the only one. */
  branch(): Pick<MediaEndpoint, 'onAudio'> {
    let mine: ((frame: AudioFrame) => void) | undefined;
    return {
      onAudio: (listener) => {
        const others = this.#listeners.filter((other) => other !== mine);
        mine = listener;
        this.#listeners = listener === undefined ? others : [...others, listener];
        this.#media.onAudio(this.#listeners.length === 0 ? undefined : this.#onFrame);
      },
    };
  }

  readonly #onFrame = (frame: AudioFrame): void => {
    for (const listener of this.#listeners) listener(frame);
  };
}
