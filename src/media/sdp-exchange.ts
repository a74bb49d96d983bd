import {
  answerOffer,
  createOffer,
  type LocalAudio,
  type NegotiatedAudio,
  readAnswer,
  type TransportAddress,
} from './sdp.ts';

/** What stays the same of us, but for where we are. */
export type OwnAudio = Omit<LocalAudio, 'sessionVersion'>;

/** Our side of a call's exchanges of SDP: who we are, and how often that has changed. */
export class SdpExchange {
  readonly #local: LocalAudio;
  #last: string | undefined;

  constructor(local: OwnAudio) {
    this.#local = { ...local, sessionVersion: 1 };
  }

  /** Where we receive from now on. */
  move({ address, port }: TransportAddress): void {
    Object.assign(this.#local, { address, port });
  }

  /** What an offer comes to, before it is answered. @throws MediaError as `answerOffer` */
  read(offer: string): NegotiatedAudio {
    return answerOffer(offer, this.#local).audio;
  }

  /** @throws MediaError as `answerOffer` */
  answer(offer: string): { sdp: string; audio: NegotiatedAudio } {
    return { audio: this.read(offer), sdp: this.#versioned(() => answerOffer(offer, this.#local).sdp) };
  }

  offer(): string {
    return this.#versioned(() => createOffer(this.#local));
  }

  /** Reads the answer to `offer()`. @throws MediaError as `readAnswer` */
  readAnswer(answer: string): NegotiatedAudio {
    return readAnswer(answer, this.#local);
  }

  /** RFC 3264 section 8: the version grows by one when the SDP differs from the last one, and only then. */
  #versioned(build: () => string): string {
    let sdp = build();
    if (this.#last !== undefined && sdp !== this.#last) {
      this.#local.sessionVersion++;
      sdp = build();
    }
    this.#last = sdp;
    return sdp;
  }
}
